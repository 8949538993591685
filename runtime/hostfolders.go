package runtime

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// Packages says where the control plane may keep packages: profiles name folders of the host, as other programs that read the same files do.
// The zero value has the profiles in the folder profiles of Control.Data, and they can name nothing outside of that but Control.Plugins.
type Packages struct {
	// Profiles is the folder of the host for the profiles, the computer's /profiles. It must exist, unless it is "".
	Profiles string
	// Folders are folders of the host in which Plugins, caches and channels may be as well. One that doesn't exist is made when it
	// is used. No symbolic link leads out of one.
	Folders []string
	// Home and CacheHome are the user's folders that clients are proposed folders in, as far as these are among Folders.
	Home, CacheHome string
}

// hostFolders are the folders of the host that files of profiles may name, and what the computer has of them.
type hostFolders struct {
	mounted []hostFolder // the computer's paths are known
	allowed []string     // absolute; those are mounted when they are first used
}

// hostFolder is a folder of the host at a path of the computer.
type hostFolder struct{ host, path string }

// foldersRoot is where the computer sees what is allowed besides its own folders.
const foldersRoot = "folders"

func newHostFolders(o *Control) hostFolders {
	profiles := hostFolder{o.Packages.Profiles, "profiles"}
	if profiles.host == "" && o.Data != "" {
		profiles = hostFolder{filepath.Join(o.Data, "profiles"), "data/profiles"}
	}
	var h hostFolders
	for _, f := range []hostFolder{profiles, {o.Plugins, "plugins"}} {
		if f.host == "" {
			continue
		}
		if abs, err := filepath.Abs(f.host); err == nil {
			h.mounted = append(h.mounted, hostFolder{abs, f.path})
		}
	}
	for _, dir := range o.Packages.Folders {
		if abs, err := filepath.Abs(dir); err == nil && dir != "" {
			h.allowed = append(h.allowed, abs)
		}
	}
	return h
}

// below returns the path of a file in a folder, with slashes, "" for the folder itself, and whether it is in there by its text.
func below(dir, file string) (string, bool) {
	rel, err := filepath.Rel(dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if rel == "." {
		return "", true
	}
	return filepath.ToSlash(rel), true
}

// allows reports whether a path of the host is in one of the folders.
func (h *hostFolders) allows(file string) bool {
	for _, f := range h.mounted {
		if _, ok := below(f.host, file); ok {
			return true
		}
	}
	for _, dir := range h.allowed {
		if _, ok := below(dir, file); ok {
			return true
		}
	}
	return false
}

var errNotAllowed = errors.New("it is in none of the folders that packages may be kept in; name one in the setting packages.folders")

// find returns the computer's path for one of the host, and mounts the folder that it is in.
func (h *hostFolders) find(files *vfs.FS, file string) (string, error) {
	if !filepath.IsAbs(file) || strings.ContainsRune(file, 0) {
		return "", errors.New("it is no absolute path of this machine")
	}
	file = filepath.Clean(file)
	for _, f := range h.mounted {
		if rel, ok := below(f.host, file); ok {
			return "/" + path.Join(f.path, rel), nil
		}
	}
	for i, dir := range h.allowed {
		rel, ok := below(dir, file)
		if !ok {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", err
		}
		folder, err := vfs.Folder(dir)
		if err != nil {
			return "", err
		}
		at := path.Join(foldersRoot, strconv.Itoa(i+1))
		if err := files.Mount(vfs.Mount{Path: at, Label: "hdd", FS: folder}); err != nil {
			if c, ok := folder.(io.Closer); ok {
				c.Close()
			}
			return "", err
		}
		h.mounted = append(h.mounted, hostFolder{dir, at})
		return "/" + path.Join(at, rel), nil
	}
	return "", errNotAllowed
}

// hostPath returns the host's path for one of the computer, or that one if the host has none for it.
func (h *hostFolders) hostPath(file string) string {
	clean := vfs.Clean(file)
	for _, f := range h.mounted {
		if clean == f.path {
			return f.host
		}
		if rest, ok := strings.CutPrefix(clean, f.path+"/"); ok {
			return filepath.Join(f.host, filepath.FromSlash(rest))
		}
	}
	return file
}

// describeFolders puts into the module what does not change.
func (p *plane) describeFolders(t *lua.Table) {
	o := &p.options.Packages
	profiles := "/tmp/profiles"
	switch {
	case o.Profiles != "":
		profiles = "/profiles"
	case p.options.Data != "":
		profiles = "/data/profiles"
	}
	t.SetString("profiles", lua.String(profiles))
	if o.Home != "" && p.host.allows(filepath.Join(o.Home, "Documents", "SimCity 4", "Plugins")) {
		t.SetString("home", lua.String(filepath.ToSlash(o.Home)))
	}
	if o.CacheHome != "" && p.host.allows(filepath.Join(o.CacheHome, "sc4pac")) {
		t.SetString("cacheHome", lua.String(filepath.ToSlash(o.CacheHome)))
	}
}

// locate is locate(hostPath): the computer's path, or nil and a message if nothing there may be used.
func (p *plane) locate(c lua.Call) (lua.Results, error) {
	file, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	found, err := p.host.find(p.boot.files, strings.Clone(file))
	if err != nil {
		return c.Return(lua.Nil, lua.String(fmt.Sprintf("%s: %v", file, err)))
	}
	return c.Return1(lua.String(found))
}

// hostPath is hostPath(path): the path of a file of the computer on the host.
func (p *plane) hostPath(c lua.Call) (lua.Results, error) {
	file, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.String(filepath.ToSlash(p.host.hostPath(file))))
}
