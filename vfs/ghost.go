package vfs

import "slices"

// ghost is what an open file takes that has no name any more: it was deleted, or another version has taken its place. It
// counts against the capacity until the last handle of the file is closed.
type ghost struct {
	cost    int64
	handles int
}

// unname lets the files in a folder, or a file, that are open count on, now that they have lost their names. It is called before
// they do, so that their lengths can be learned, and only adds: who removes the names takes their cost off.
func (v *volume) unname(local string) {
	if v.Capacity <= 0 {
		return
	}
	ghosts := make(map[string]*ghost)
	for f := range v.fs.open {
		if f.v != v || f.rep != nil || f.ghost != nil || f.shared() != nil || !below(local, f.local) {
			continue
		}
		g := ghosts[f.local]
		if g == nil {
			info, err := f.raw.Stat()
			if err != nil {
				continue
			}
			g = &ghost{cost: cost(info)}
			ghosts[f.local] = g
			v.used += g.cost
		}
		g.handles++
		f.ghost = g
	}
}

// orphan is unname for handles of a replacement that comes to nothing.
func (v *volume) orphan(r *replacement) {
	if v.Capacity <= 0 {
		return
	}
	var g *ghost
	for f := range v.fs.open {
		if f.twin != r || f.rep != nil {
			continue
		}
		if g == nil {
			g = &ghost{cost: sizeCost(r.size)}
			v.used += g.cost
		}
		g.handles++
		f.ghost, f.twin = g, nil
	}
}

// leave takes a handle off its ghost.
func (f *File) leave() {
	if g := f.ghost; g != nil {
		f.ghost = nil
		if g.handles--; g.handles == 0 {
			f.v.refund(g.cost)
		}
	}
}

// shared is the replacement that an open file is, in truth, because there is nothing else of the name yet; nil for others.
func (f *File) shared() *replacement {
	if f.twin != nil && slices.Contains(f.v.pending, f.twin) {
		return f.twin
	}
	return nil
}
