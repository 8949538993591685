package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// labelFile returns the file in which the label is kept that programs give a computer: in the user's state folder, by the
// root folder's real path and the computer's number. It is "" if there is no such folder. Nothing is made by it.
func labelFile(root string, id int) string {
	state := stateFolder()
	real, err := filepath.Abs(root)
	if err != nil || state == "" {
		return ""
	}
	if resolved, err := filepath.EvalSymlinks(real); err == nil {
		real = resolved
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, filepath.Base(real)) // for people who look into the folder; what follows is what counts
	hash := sha256.Sum256([]byte(real))
	return filepath.Join(state, "labels", fmt.Sprintf("%.32s-%s-%d.json", name, hex.EncodeToString(hash[:8]), id))
}

// stateFolder is where luart keeps what it knows from one run to the next: XDG_STATE_HOME if it is set, else where the system has
// such things.
func stateFolder() string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "luart")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return ""
		}
		return filepath.Join(dir, "luart")
	}
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "state", "luart")
}
