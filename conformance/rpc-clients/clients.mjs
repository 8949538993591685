// Speaks to a server with clients that others have written. Usage: node clients.mjs URL. The server has the plugin of
// runtime/control_rpc_clients_test.go; it is restarted on the same port when this prints "restart" and a line comes on the standard input.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { Client } from "rpc-websockets";
import jsonrpc from "json-rpc-2.0";
import wsclient from "jsonrpc-websocket-client";

const { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient, createJSONRPCNotification, createJSONRPCRequest } = jsonrpc;
const WebSocketClient = wsclient.JsonRpcWebSocketClient ?? wsclient.default ?? wsclient;
const url = process.argv[2];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));

async function rpcWebsockets() {
    const client = new Client(url, { reconnect: true, reconnect_interval: 50, max_reconnects: 0 });
    await once(client, "open");
    assert.equal(await client.call("CALC__ADD", [1, 2]), 3);
    assert.equal(await client.call("CALC__ADD", { a: 1, b: 5 }), 6);
    assert.deepEqual(await client.call("CALC__ECHO", [[{ a: [], b: {} }]]), [{ a: [], b: {} }]);
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map((n) => client.call("CALC__ADD", [n, n]))), [2, 4, 6, 8]);
    await assert.rejects(client.call("nothing"), { code: -32601, message: "Method not found" });
    await assert.rejects(client.call("CALC__ADD", []), { code: -32602 });
    await assert.rejects(client.call("CALC__FAIL"), { code: -32050, message: "declared", data: { a: 1 } });
    assert((await client.listMethods()).includes("CALC__ADD"));
    assert.equal(await client.login({ user: "x" }), true);
    await client.subscribe("news");
    assert.deepEqual(await client.call("GET_SUBSCRIPTIONS"), ["news"]);
    const news = once(client, "news");
    await client.call("CALC__PUBLISH", ["news", { text: "hello" }]);
    assert.deepEqual(await news, [{ text: "hello" }]);
    const counted = await client.call("CALC__COUNT");
    await client.notify("CALC__COUNT");
    assert.equal(await client.call("CALC__COUNT"), counted + 2);
    await client.unsubscribe("news");
    assert.deepEqual(await client.call("GET_SUBSCRIPTIONS"), []);
    assert.deepEqual(await client.subscribe("nothing"), { nothing: "provided event invalid" });

    // The server goes away and comes back.
    const closed = once(client, "close");
    console.log("restart");
    await lines.next();
    await closed;
    await once(client, "open");
    assert.equal(await client.call("CALC__ADD", [2, 2]), 4);
    client.setAutoReconnect(false);
    client.close();
}

async function jsonRPC2() {
    const socket = new WebSocket(url);
    await once(socket, "open");
    const peer = new JSONRPCServerAndClient(new JSONRPCServer(), new JSONRPCClient((request) => socket.send(JSON.stringify(request))));
    let failure;
    socket.on("message", (data) => peer.receiveAndSend(JSON.parse(data.toString())).catch((error) => { failure ??= error; }));
    assert.equal(await peer.request("CALC__ADD", [1, 2]), 3);
    assert.equal(await peer.request("CALC__ADD", { b: 1, a: 2 }), 3);
    await assert.rejects(async () => peer.request("nothing"), /Method not found/);
    await assert.rejects(async () => peer.request("CALC__FAIL"), (error) => error.code === -32050 && error.data.a === 1);

    const answers = await peer.client.requestAdvanced([
        createJSONRPCRequest("one", "CALC__ADD", [1, 1]), createJSONRPCRequest(2, "nothing"), createJSONRPCRequest("three", "CALC__SLOW", [0.05]),
        createJSONRPCRequest(4, "CORE__NAME"),
    ]);
    const byID = new Map(answers.map((answer) => [answer.id, answer]));
    assert.equal(byID.get("one").result, 2);
    assert.equal(byID.get(2).error.code, -32601);
    assert.equal(byID.get("three").result, "slow");
    assert.equal(byID.get(4).result, "luart");

    const counted = await peer.request("CALC__COUNT");
    peer.notify("CALC__COUNT");
    peer.notify("nothing at all");
    socket.send(JSON.stringify([createJSONRPCNotification("CALC__COUNT"), createJSONRPCNotification("nothing")]));
    assert.equal(await peer.request("CALC__COUNT"), counted + 3);

    const got = [];
    peer.addMethod("weather", (params) => { got.push(params); });
    peer.addMethod("confirm", ({ message }) => message + " yes");
    assert.deepEqual(await peer.request("SUBSCRIBE", ["weather"]), ["weather"]);
    await peer.request("CALC__PUBLISH", ["weather", ["sunny", 21.5]]);
    assert.deepEqual(got, [["sunny", 21.5]]);
    assert.equal(await peer.request("CALC__ASK", ["sure?"]), "sure? yes");

    // Another one gets the state before its subscription's answer, and nothing of what it is not subscribed to.
    const other = new WebSocket(url);
    const frames = [];
    other.on("message", (data) => frames.push(JSON.parse(data.toString())));
    await once(other, "open");
    other.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SUBSCRIBE", params: "weather" }));
    while (frames.length < 2) await once(other, "message");
    assert.deepEqual(frames, [{ jsonrpc: "2.0", method: "weather", params: ["sunny", 21.5] }, { jsonrpc: "2.0", id: 1, result: ["weather"] }]);
    other.close();
    socket.close();
    assert.equal(failure, undefined);
}

async function jsonrpcWebsocketClient() {
    const client = new WebSocketClient(url);
    await client.open();
    // Its ids begin at Number.MIN_SAFE_INTEGER.
    assert.equal(await client.call("CALC__ADD", [1, 2]), 3);
    assert.deepEqual(await Promise.all([5, 6, 7].map((n) => client.call("CALC__ADD", { a: n, b: 1 }))), [6, 7, 8]);
    await assert.rejects(client.call("CALC__FAIL"), /declared/);
    const notified = once(client, "notification");
    await client.call("SUBSCRIBE", ["news"]);
    await client.call("CALC__PUBLISH", ["news", [1]]);
    const [{ method, params }] = await notified;
    assert.deepEqual([method, params], ["news", [1]]);
    await client.close();
}

process.on("unhandledRejection", (error) => { console.error("unhandled:", error); process.exit(1); });
for (const run of [jsonRPC2, jsonrpcWebsocketClient, rpcWebsockets]) {
    await run();
    console.log("ok", run.name);
}
process.exit(0);
