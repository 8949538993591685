package http

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nodeClient speaks to the servers with the package ws, an implementation that shares no code with ours.
const nodeClient = `
const { WebSocket } = require("ws");
const assert = require("assert");
const url = process.argv[2];

const open = (options) => new Promise((resolve, reject) => {
    const ws = new WebSocket(url + "/path", ["unknown", "chat"], options);
    const waiting = [], got = [];
    ws.next = () => new Promise((resolve) => { if (got.length) resolve(got.shift()); else waiting.push(resolve); });
    ws.on("message", (data, binary) => {
        const m = binary ? data : data.toString();
        if (waiting.length) waiting.shift()(m); else got.push(m);
    });
    ws.ended = new Promise((resolve) => ws.on("close", (code, reason) => resolve([code, reason.toString()])));
    ws.on("open", () => resolve(ws));
    ws.on("error", reject);
});

(async () => {
    for (const perMessageDeflate of [false, true, { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }]) {
        const ws = await open({ perMessageDeflate });
        assert.equal(ws.protocol, "chat");
        assert.equal(ws.extensions !== "", perMessageDeflate !== false);
        for (const text of ["", "text", "κόσμε", "long ".repeat(20000)]) {
            ws.send(text);
            assert.equal(await ws.next(), text);
        }
        const bytes = Buffer.from(Array.from({ length: 70000 }, (_, i) => i * 7 & 255));
        ws.send(bytes);
        assert(bytes.equals(await ws.next()));
        // Fragments, with a ping between.
        ws.send("a", { fin: false });
        const pong = new Promise((resolve) => ws.on("pong", (data) => resolve(data.toString())));
        ws.ping("ping");
        ws.send("b", { fin: false });
        ws.send("c", { fin: true });
        assert.equal(await ws.next(), "abc");
        assert.equal(await pong, "ping");
        for (let i = 0; i < 1000; i++) ws.send("n" + i);
        for (let i = 0; i < 1000; i++) assert.equal(await ws.next(), "n" + i);
        ws.close(4321, "bye");
        assert.deepEqual(await ws.ended, [4321, ""]);
    }
    const large = await open({ perMessageDeflate: false });
    large.send(Buffer.alloc(200000));
    assert.equal((await large.ended)[0], 1009);
    const bad = await open({ perMessageDeflate: false });
    bad.send(Buffer.from([0xff]), { binary: false });
    assert.equal((await bad.ended)[0], 1007);
    const closing = await open({});
    closing.send("close");
    assert.deepEqual(await closing.ended, [4000, "as asked"]);
    console.log("done");
})().catch((error) => { console.error(error); process.exit(1); });
`

// TestNodeClient needs node, and npm with its registry, or with ws among what it has fetched before; it is skipped where they are missing.
func TestNodeClient(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an npm install")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip(err)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir, "ws@8")
	install.Dir = dir
	install.WaitDelay = time.Second
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm install ws: %v\n%s", err, out)
	}
	script := filepath.Join(dir, "client.js")
	if err := os.WriteFile(script, []byte(nodeClient), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{
		"events": `
			local server = http.websocketServer(0, {protocols = {"chat"}})
			say(server.port)
			local handles = {}
			while true do
				local event, id, a, b = os.pullEvent()
				if event == "websocket_server_connect" then handles[a.clientID] = a end
				if event == "websocket_server_message" then
					if a == "close" then handles[id].close(4000, "as asked") else handles[id].send(a, b) end
				end
			end`,
		"listen": serve(`res.close()`, `protocols = {"chat"}, websocket = function(ws)
			assert(ws.getProtocol() == "chat")
			while true do
				local text, binary = ws.receive()
				if not text then return end
				if text == "close" then ws.close(4000, "as asked") return end
				ws.send(text, binary)
			end
		end`),
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, program)
			url := "ws" + strings.TrimPrefix(c.url(), "http")
			out, err := exec.CommandContext(ctx, node, script, url).CombinedOutput()
			if err != nil || string(out) != "done\n" {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
