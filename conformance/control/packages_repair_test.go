package control_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// What later clients do with packages that are installed: they take them to another profile, and repair what somebody has broken.

func TestPackagesExport(t *testing.T) {
	c := mods(t)
	other := newChannel(t, "", channelPackage("x:town", "3", "200-lots", nil))
	s := startPackageServer(t, other.root(), c.root())
	s.describe()
	s.profile()
	s.want("POST /plugins.export?profile=1\n\n[]", 200, `{"explicit": [], "variants": {}, "channels": []}`)
	s.want("POST /plugins.export?profile=1\n\n[\"x:town\"]", 200, `{"explicit": ["x:town"], "variants": {}, "channels": ["`+other.root()+`"]}`)
	s.wantError("POST /plugins.export?profile=1\n\n[\"memo:alpha\"]", 404, "unresolvable-dependencies", "driveside")
	s.want("POST /variants.set?profile=1\n\n"+`{"driveside": "right", "nightmode": "dark"}`, 200, done)
	s.want("POST /plugins.export?profile=1\n\n[\"memo:alpha\", \"memo:alpha\"]", 200, `{"explicit": ["memo:alpha"], "variants": {"driveside": "right"}, "channels": ["`+c.root()+`"]}`)
	s.wantError("POST /plugins.export?profile=1\n\n[\"no:such\"]", 404, "version-not-found", "no:such")
	s.wantError("POST /plugins.export?profile=1\n\n[\"no:such\", \"no:other\"]", 404, "unresolvable-dependencies", "not found")
	s.wantError("POST /plugins.export?profile=1\n\n[\"x\"]", 400, "bad-request", "Malformed package name: x")
	s.wantError("POST /plugins.export?profile=1\n\n{}", 400, "bad-request", "another form")
}

func TestPackagesRepair(t *testing.T) {
	c := mods(t)
	s := startPackageServer(t, c.root())
	s.describe()
	s.profile()
	type scan struct {
		Type      string `json:"$type"`
		Plan      struct{ IncompletePackages, OrphanFiles []string }
		Responses map[string]json.RawMessage
	}
	look := func() scan {
		t.Helper()
		return get[scan](client{s}, "GET /plugins.repair.scan?profile=1")
	}
	found := look()
	if found.Type != "/prompt/confirmation/repair/plan" || len(found.Plan.IncompletePackages)+len(found.Plan.OrphanFiles) > 0 {
		t.Errorf("%+v", found)
	}
	// memo:alpha is there, memo:beta isn't; there are folders of nobody, and some that are none of packages.
	s.write("1/sc4pac-plugins-lock.json", lockFile)
	var lock struct {
		Installed []struct {
			Name  string
			Files []string
		}
	}
	if err := json.Unmarshal([]byte(lockFile), &lock); err != nil {
		t.Fatal(err)
	}
	for _, each := range lock.Installed {
		if each.Name == "alpha" {
			for _, path := range each.Files {
				s.write("1/plugins/"+path+"/a.dat", "x")
			}
		}
	}
	for _, path := range []string{"150-mods/memo.old.1.sc4pac/deep/a.dat", "memo.top.1.sc4pac/a.dat", "mine/a.dat", "my.sc4pac.txt/a.dat", "luart-plugins/chess/main.lua", ".hidden/x.sc4pac/a.dat"} {
		s.write("1/plugins/"+path, "x")
	}
	_ = os.Symlink(s.file("1/plugins/mine"), s.file("1/plugins/memo.top.1.sc4pac/link")) // where there are links
	before := s.read("1/sc4pac-plugins-lock.json")
	found = look()
	if strings.Join(found.Plan.IncompletePackages, " ") != "memo:beta" || strings.Join(found.Plan.OrphanFiles, " ") != "150-mods/memo.old.1.sc4pac memo.top.1.sc4pac" {
		t.Errorf("%+v", found.Plan)
	}
	yes := string(found.Responses["Yes"])
	if s.read("1/sc4pac-plugins-lock.json") != before {
		t.Error("looking has changed the lock file")
	}
	for body, title := range map[string]string{
		"[]": "another form", "{}": `Parameter \"$type\" is required.`, `{"$type": "/prompt/response", "body": "Yes"}`: `Parameter \"token\" is required.`,
		strings.Replace(yes, `"Yes"`, `"No"`, 1): "another form", strings.Replace(yes, `"/prompt/`, `"/other/`, 1): "another form",
	} {
		s.wantError("POST /plugins.repair?profile=1\n\n"+body, 400, "bad-request", title)
	}
	s.wantError("POST /plugins.repair\n\n"+yes, 400, "bad-request", "profile")
	s.wantError("POST /plugins.repair?profile=1\n\n"+`{"$type": "/prompt/response", "token": "0", "body": "Yes"}`, 404, "bad-request", "")
	// What has come since isn't touched; nor is what has an owner since.
	s.write("1/plugins/memo.new.1.sc4pac/a.dat", "x")
	s.want("POST /plugins.repair?profile=1\n\n"+yes, 200, `{"$type": "/result", "ok": false}`)
	s.wantError("POST /plugins.repair?profile=1\n\n"+yes, 404, "bad-request", "")
	if got := s.read("1/sc4pac-plugins-lock.json"); strings.Count(got, `"reinstall": true`) != 1 {
		t.Error(got)
	}
	for path, there := range map[string]bool{
		"150-mods/memo.old.1.sc4pac": false, "memo.top.1.sc4pac": false, "memo.new.1.sc4pac": true, "mine/a.dat": true, "my.sc4pac.txt/a.dat": true,
		"luart-plugins/chess/main.lua": true, ".hidden/x.sc4pac/a.dat": true,
	} {
		if _, err := os.Stat(s.file("1/plugins/" + path)); (err == nil) != there {
			t.Errorf("%s: %v", path, err)
		}
	}
	found = look()
	if len(found.Plan.IncompletePackages) > 0 || strings.Join(found.Plan.OrphanFiles, " ") != "memo.new.1.sc4pac" {
		t.Errorf("%+v", found.Plan)
	}
	if s.read("1/plugins/mine/a.dat") != "x" {
		t.Error("what a link led to was deleted")
	}
	// While an update runs, nothing is repaired.
	s.want("POST /plugins.add?profile=1\n\n[\"memo:beta\"]", 200, done)
	conn, m := client{s}.update("/update?profile=1")
	if m.Type != "/prompt/confirmation/update/plan" {
		t.Fatalf("%+v", m)
	}
	found = look()
	s.wantError("POST /plugins.repair?profile=1\n\n"+string(found.Responses["Yes"]), 500, "server-error", "Another update of this profile is running.")
	conn.Close()
}
