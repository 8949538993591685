package digest_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/luart/luart/runtime/runtimetest"
)

func TestDigests(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "abc"), []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		// RFC 1321, FIPS 180-4, RFC 2202 and 4231.
		`d.md5 "abc"`:                "900150983cd24fb0d6963f7d28e17f72",
		`d.sha1 "abc"`:               "a9993e364706816aba3e25717850c26c9cd0d89d",
		`d.sha256 "abc"`:             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		`d.sha512("abc"):sub(1, 16)`: "ddaf35a193617aba",
		`#d.sha512("", true)`:        "64",
		`d.crc32 "123456789"`:        "cbf43926",
		`d.hmac("sha256", "Jefe", "what do ya want for nothing?")`: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		`d.hmac("md5", "Jefe", "what do ya want for nothing?")`:    "750c783e6ab0b503eaa86e310a5db738",
		`d.new("sha1").update("a").update("bc").final()`:           "a9993e364706816aba3e25717850c26c9cd0d89d",
		`d.newHmac("sha256", "Jefe").update("what do ya want ").update("for nothing?").final(true) == d.hmac("sha256", "Jefe", "what do ya want for nothing?", true)`: "true",
		`d.file("sha1", "abc")`:                                                         "a9993e364706816aba3e25717850c26c9cd0d89d",
		`#d.file("md5", "/abc", true)`:                                                  "16",
		`d.file("sha1", "rom/motd.txt") ~= nil`:                                         "true",
		`d.file("md5", "missing")`:                                                      "nil\t/missing: No such file",
		`d.file("md5", "../x")`:                                                         "nil\t/../x: Invalid Path",
		`d.file("md5", "rom")`:                                                          "nil\t/rom: Not a file",
		`d.equal("abc", "abc"), d.equal("abc", "abd"), d.equal("", "a")`:                "true\tfalse\tfalse",
		`#d.random(0), #d.random(33), d.random(16) == d.random(16)`:                     "0\t33\tfalse",
		`d.toHex "\0\255a", d.fromHex "00FF61" == "\0\255a"`:                            "00ff61\ttrue",
		`d.fromHex "0"`:                                                                 "nil\tthe text is not hexadecimal: two digits of 0-9, a-f for each byte",
		`d.fromHex "0g"`:                                                                "nil\tthe text is not hexadecimal: two digits of 0-9, a-f for each byte",
		`d.toBase64 "f", d.toBase64 "fo", d.toBase64 "foo", d.toBase64 ""`:              "Zg==\tZm8=\tZm9v\t",
		`d.toBase64 "\255\254\253\251", d.toBase64("\255\254\253\251", true)`:           "//79+w==\t__79-w",
		`d.fromBase64 "Zg==", d.fromBase64 "Zm8", d.fromBase64 "Zm9v", d.fromBase64 ""`: "f\tfo\tfoo\t",
		`d.fromBase64 "__79-w" == "\255\254\253\251"`:                                   "true",
		`d.fromBase64 "Zg="`:                                                            "nil\tthe text is not base64",
		`d.fromBase64 "Zg\n="`:                                                          "nil\tthe text is not base64",
		`d.fromBase64 "Zh=="`:                                                           "nil\tthe text is not base64",
		`d.fromBase64 "="`:                                                              "nil\tthe text is not base64",
		`(function() local s = ("x"):rep(3000001); return d.fromBase64(d.toBase64(s)) == s and d.fromHex(d.toHex(s)) == s end)()`: "true",
		`pcall(d.sha256, 1)`:             "false\ttest:1: bad argument #1 (string expected, got number)",
		`pcall(d.new, "sha3")`:           `false	test:1: bad argument #1 (there is no algorithm "sha3"; there are md5, sha1, sha256, sha512 and crc32)`,
		`pcall(d.hmac, "crc32", "", "")`: "false\ttest:1: bad argument #1 (crc32 makes no HMAC, as anybody can forge it)",
		`pcall(d.random, -1)`:            "false\ttest:1: bad argument #1 (a number of bytes from 0 to 1048576 expected)",
		`pcall(d.random, 1e300)`:         "false\ttest:1: bad argument #1 (a number of bytes from 0 to 1048576 expected)",
		`(function() local o = d.new("md5"); o.final(); return pcall(o.final) end)()`:      "false\ttest:1: the digest is final; make another one",
		`(function() local o = d.new("md5"); o.final(); return pcall(o.update, "") end)()`: "false\ttest:1: the digest is final; make another one",
		`(function() local all = {} while true do all[#all + 1] = d.new "md5" end end)()`:  "test:1: not enough memory",
	} {
		if got := runtimetest.Run(t, dir, `local d = require "luart.digest" print(`+code+`)`); got != want {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}

// Others run while a file is read, several at once; too many are refused, and a program that ends in the middle leaves nothing.
func TestFilesInBackground(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, 8<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	got := runtimetest.Run(t, dir, `
		local d = require "luart.digest"
		local list, n = {}, 0
		for i = 1, 20 do
			list[i] = function()
				local ok, sum = pcall(d.file, "sha1", "big")
				if ok then n = n + 1 assert(sum == "5fde1cce603e6566d20da811c9c8bcccb044d4ae", sum) else print(sum) end
			end
		end
		parallel.waitForAll(table.unpack(list))
		print(n)
		parallel.waitForAny(function() d.file("sha512", "big") end, function() end)
		os.queueEvent("terminate")
		print(pcall(d.file, "sha512", "big"))
		local co = coroutine.create(d.file)
		print(coroutine.resume(co, "md5", "big"))
		print(coroutine.resume(co, "nonsense"))`)
	lines := strings.Split(strings.TrimSpace(got), "\n")
	refused := 0 // those that find 16 at work: none, if the machine is slow to start them all
	for len(lines) > refused && lines[refused] == "test:6: 16 files are being read for digests already; wait for some" {
		refused++
	}
	lines = lines[refused:]
	if refused > 4 || len(lines) != 4 || lines[0] != strconv.Itoa(20-refused) ||
		lines[1] != "false\tTerminated" || !strings.HasPrefix(lines[2], "true\tluart_wait_") || lines[3] != lines[2] {
		t.Errorf("%s", got)
	}
}
