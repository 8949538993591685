//go:build unix

package main

import (
	"fmt"
	"testing"
)

// A browser uses the page of the Ratchet web server as people do, under the policy that the page has.
func TestBrowserRatchet(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := startBrowser(t)
	s := &serving{dir: t.TempDir()}
	s.write(t, "plugins/hello/main.lua", `print("hello one")`)
	s.write(t, "plugins/bad/main.lua", `error("<b>broken</b>")`)
	s.write(t, "plugins/restapi.lua", `return { Greet = function(data) print("<i>greeted</i>") return { greeting = "hello " .. data.name } end }`)
	s = serve(t, s.dir, "--set", "ratchet.token=a-secret")
	p := b.open(s.address["ratchet"] + "/")
	p.shows("The server asks for its token")
	click := func(selector string) {
		t.Helper()
		p.eval(fmt.Sprintf(`document.querySelector(%q).click(); ""`, selector))
	}
	button := func(plugin, title string) {
		t.Helper()
		p.eval(fmt.Sprintf(`[...document.querySelectorAll("#plugins tr")].find(r => r.cells[0].firstChild.textContent == %q)
			.querySelectorAll("button").forEach(b => { if (b.textContent == %q) b.click(); }); ""`, plugin, title))
	}
	p.eval(`document.getElementById("secret").value = "a-secret"; ""`)
	click("#token button")
	p.shows("1 of 2 plugins run")
	p.shows("[hello] hello one")
	p.shows("bad/main.lua:1: <b>broken</b>")

	s.write(t, "plugins/hello/main.lua", `print("hello two")`)
	button("hello", "Reload")
	p.shows("Reload hello: done")
	p.shows("[hello] hello two")
	button("hello", "Watch")
	p.shows("Watch hello: done")
	p.shows("watched")
	button("hello", "Unload")
	p.shows("Unload hello: done")
	p.shows("0 of 2 plugins run")
	button("bad", "Load")
	p.shows("Load bad: bad/main.lua:1: <b>broken</b>")
	click("#all")
	p.shows("Reload all: bad: bad/main.lua:1: <b>broken</b>")
	p.shows("1 of 2 plugins run")

	p.eval(`document.getElementById("function").value = "Greet"; document.getElementById("parameters").value = "name=you & me"; ""`)
	click("#run button")
	p.shows(`"greeting": "hello you & me"`)
	p.shows("[restapi.lua] <i>greeted</i>")
	p.eval(`document.getElementById("parameters").value = '{"name": "Ä"}'; ""`)
	click("#run button")
	p.shows(`"greeting": "hello Ä"`)
	p.screenshot("ratchet")
}
