package pagecache

import (
	"maps"
	"slices"
)

// Name is a name in a directory and the file that it refers to. An open file keeps the name that it was opened by, so
// /proc/PID/maps shows the name after a rename.
// Linux: struct dentry (include/linux/dcache.h).
type Name struct {
	File *Mapping // nil for a directory that nothing has opened yet

	up       *Name // the directory's name; nil for the root
	base     string
	below    map[string]*Name // of a directory; nil for anything else
	unlinked bool             // it was unlinked, so no path leads to it
}

// NewRoot is the name of a root directory.
func NewRoot() *Name { return &Name{below: map[string]*Name{}} }

// NewName is a name for base in a directory, not yet added to it.
func (n *Name) NewName(base string, m *Mapping) *Name {
	return &Name{File: m, up: n, base: base, unlinked: true}
}

// BeDirectory makes the name that of a directory, without names in it.
func (n *Name) BeDirectory() { n.below = map[string]*Name{} }

// Add makes the name lead to its file.
// Linux: d_add (fs/dcache.c).
func (n *Name) Add() {
	n.up.below[n.base] = n
	n.unlinked = false
}

// Drop removes the name; files that were opened by it keep it.
// Linux: d_drop (fs/dcache.c).
func (n *Name) Drop() {
	delete(n.up.below, n.base)
	n.unlinked = true
}

// Move gives the name another directory and another word. It replaces a name that exists there.
// Linux: d_move (fs/dcache.c).
func (n *Name) Move(up *Name, base string) {
	if target := up.below[base]; target != nil {
		target.Drop()
	}
	delete(n.up.below, n.base)
	n.up, n.base = up, base
	n.Add()
}

// Exchange swaps two names.
// Linux: d_exchange (fs/dcache.c).
func (n *Name) Exchange(o *Name) {
	n.up, o.up, n.base, o.base = o.up, n.up, o.base, n.base
	n.Add()
	o.Add()
}

// Find is the name base in the directory; nil for none.
func (n *Name) Find(base string) *Name { return n.below[base] }

// Up is the directory that holds the name; the root holds itself.
func (n *Name) Up() *Name {
	if n.up == nil {
		return n
	}
	return n.up
}

// Base is the last word of the path.
func (n *Name) Base() string { return n.base }

// IsDir reports whether it is a directory's name.
func (n *Name) IsDir() bool { return n.below != nil }

// IsRoot reports whether it is the root directory's name.
func (n *Name) IsRoot() bool { return n.up == nil }

// Unlinked reports whether no path leads to it any more.
func (n *Name) Unlinked() bool { return n.unlinked }

// Empty reports whether a directory has no names.
func (n *Name) Empty() bool { return len(n.below) == 0 }

// Within reports whether the name is directory dir's own, or lies anywhere below it.
// Linux: is_subdir (fs/dcache.c).
func (n *Name) Within(dir *Name) bool {
	for ; n != nil; n = n.up {
		if n == dir {
			return true
		}
	}
	return false
}

// Path is the path from the root to the name.
// Linux: prepend_path (fs/d_path.c).
func (n *Name) Path() string {
	switch {
	case n.up == nil:
		return "/"
	case n.up.up == nil:
		return "/" + n.base
	}
	return n.up.Path() + "/" + n.base
}

// Each calls fn for the name and all below it, in the order of their words.
func (n *Name) Each(fn func(*Name)) {
	fn(n)
	for _, base := range slices.Sorted(maps.Keys(n.below)) {
		n.below[base].Each(fn)
	}
}
