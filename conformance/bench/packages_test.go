package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
)

// channelSize is how many packages, and as many assets, the generated channel has; closures are blocks of blockSize.
const (
	channelSize = 5000
	blockSize   = 100
)

// writeChannel makes a channel: in each block of packages, the first one needs all of them, along a tree whose last leaf needs
// the first one again. Every eighth package has two variants.
func writeChannel(b *testing.B, dir string) {
	b.Helper()
	type object = map[string]any
	write := func(value any, parts ...string) string {
		text, err := json.Marshal(value)
		if err != nil {
			b.Fatal(err)
		}
		path := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			b.Fatal(err)
		}
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	}
	words := strings.Fields("terrain mod bridge station house tree road rail night light harbour office park tower texture prop pack station water civic")
	var packages, assets []object
	for i := range channelSize {
		block, at := i/blockSize, i%blockSize
		group := fmt.Sprintf("author-%d", block)
		name := func(k int) string {
			return fmt.Sprintf("%s-%s-%d", words[k%len(words)], words[(k/7+block)%len(words)], k)
		}
		var dependencies []object
		need := func(k int) {
			dependencies = append(dependencies, object{"group": group, "name": name(k), "version": "latest.release"})
		}
		for _, k := range []int{2*at + 1, 2*at + 2} {
			if k < blockSize {
				need(k)
			}
		}
		if at == blockSize-1 {
			need(0)
		}
		asset := fmt.Sprintf("%s-%s", group, name(at))
		summary := fmt.Sprintf("The %s of the %s, volume %d by author %d", words[at%len(words)], words[(at/7+block)%len(words)], at, block)
		variants := []object{{"variant": object{}, "dependencies": dependencies, "assets": []object{{"assetId": asset, "include": []string{"/" + name(at)}}}}}
		if at%8 == 0 {
			variants = []object{{"variant": object{"side": "left"}}, variants[0]}
			variants[1]["variant"] = object{"side": "right"}
		}
		category := fmt.Sprintf("%d00-category", 1+at%9)
		sum := write(object{
			"$type": "Package", "group": group, "name": name(at), "version": "1.0", "subfolder": category, "variants": variants,
			"info": object{"summary": summary, "description": strings.Repeat("It is made with care. ", 20), "author": "Author " + strconv.Itoa(block)},
		}, "metadata", group, name(at), "1.0", "pkg.json")
		packages = append(packages, object{
			"group": group, "name": name(at), "versions": []string{"1.0"}, "checksums": object{"1.0": object{"sha256": sum}}, "summary": summary,
			"category": []string{category}, "tags": []string{"Author " + strconv.Itoa(block)}, "externalIds": object{"stex": []string{strconv.Itoa(i)}},
		})
		sum = write(object{
			"$type": "Asset", "assetId": asset, "version": "1.0", "url": "https://files.example/" + asset, "lastModified": "2024-12-14T17:32:24Z",
			"requiredBy": []string{group + ":" + name(at)},
		}, "metadata", "sc4pacAsset", asset, "1.0", "pkg.json")
		assets = append(assets, object{"group": "sc4pacAsset", "name": asset, "versions": []string{"1.0"}, "checksums": object{"1.0": object{"sha256": sum}}})
	}
	write(object{"scheme": 9, "info": object{"channelLabel": []string{"Bench"}}, "packages": packages, "assets": assets}, "sc4pac-channel-contents.json")
}

// packagesCode measures one thing, which its argument names, b.N times.
const packagesCode = `
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local json = require "luart.json"
local packages, plan, resolver = require "packages", require "packages.plan", require "packages.resolver"
local what, rounds = ..., tonumber((select(2, ...)))
local function open()
    local store = packages.open { profiles = "/profiles", channels = { "file:/channel/" } }
    local profile = store:profile "1"
    if not profile:isInitialized() then profile:init { plugins = "plugins", cache = "cache", temp = "temp" } end
    return profile:channels(), profile
end
local channels, profile = open()
local roots = {}
for _, each in ipairs(channels:list()) do
    local at = tonumber(each.package:match "-(%d+)$")
    if at == 0 then roots[#roots + 1] = each.package end
end
if #roots == 0 then roots = { channels:list()[1].package } end
if CLOSURE ~= "" then roots = { CLOSURE } end
local function resolve(c, root)
    local answers = { side = "right" }
    while true do
        local r = resolver.resolve { channels = c, explicit = { root }, selections = {}, answers = answers }
        if r.kind ~= "choice" then return r end
        answers[r.variantId] = r.info.default or r.choices[#r.choices]
    end
end
local things = {
    load = function() open():list() end,
    list = function() return channels:list() end,
    ["list as JSON"] = function() return json.encode(channels:list(), { order = { "package", "version", "summary", "category" } }) end,
    ["search a word"] = function() return channels:search { q = "harbour" } end,
    ["search typing errors"] = function() return channels:search { q = "harbuor statoin" } end,
    ["search everything"] = function() return channels:search { q = "" } end,
    ["search a long text"] = function() return channels:search { q = ("abcdefgh "):rep(20) } end,
    ["resolve in memory"] = function() return resolve(channels, roots[1]) end,
    ["resolve from files"] = function(i)
        channels.all[1].kept, channels.all[1].keptCount = {}, 0
        return resolve(channels, roots[i % #roots + 1])
    end,
    plan = function() return plan.make(resolve(channels, roots[1]), profile:lock()) end,
}
local f = things[what]
local result = f(1)
start(#channels:list(), result and result.packages and #result.packages or 0)
for i = 1, rounds do f(i) end
`

// BenchmarkPackages is the package manager on a channel of 5,000 packages and as many assets: the targets are 50 ms for lists and searches
// and 100 ms for the closure of 100 packages. LUART_CHANNEL can name the folder of another channel, LUART_CLOSURE a package of it.
func BenchmarkPackages(b *testing.B) {
	channel := os.Getenv("LUART_CHANNEL")
	if channel == "" {
		channel = b.TempDir()
		writeChannel(b, channel)
	}
	profiles := b.TempDir()
	for _, what := range []string{
		"load", "list", "list as JSON", "search a word", "search typing errors", "search everything", "search a long text", "resolve in memory", "resolve from files", "plan",
	} {
		b.Run(what, func(b *testing.B) {
			start := runtime.WithAPI(func(c stdlib.Computer) {
				c.VM().Globals().SetString("CLOSURE", lua.String(os.Getenv("LUART_CLOSURE")))
				c.VM().Globals().SetString("start", lua.NewFunction("start", func(call lua.Call) (lua.Results, error) {
					b.ResetTimer()
					packages, _ := call.Arg(1).AsNumber()
					closure, _ := call.Arg(2).AsNumber()
					b.ReportMetric(packages, "packages")
					if closure > 0 {
						b.ReportMetric(closure, "closure")
					}
					return call.Return0()
				}))
			})
			c, err := runtime.New(start, runtime.WithCode("=bench", packagesCode), runtime.WithArgs(what, strconv.Itoa(b.N)), runtime.WithStdout(os.Stderr),
				runtime.WithMount("../../control", "/rom/control", true), runtime.WithMount(channel, "/channel", true), runtime.WithMount(profiles, "/profiles", false))
			if err != nil {
				b.Fatal(err)
			}
			if code, err := c.Run(b.Context()); err != nil || code != 0 {
				b.Fatal(code, err)
			}
		})
	}
}
