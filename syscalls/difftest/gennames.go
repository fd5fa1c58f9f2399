package difftest

import "vmsim/syscalls/script"

// namesMenu is about names: files, directories and links are made, moved and removed while they are open and mapped.
var namesMenu = []weighted[dish]{{50, openName}, {16, closeSome}, {20, statName}, {20, readBytes}, {24, writeBytes},
	{12, sizeSome}, {6, syncSome}, {30, removeSome}, {60, mapFile}, {10, unmap}, {30, loadByte}, {30, storeByte},
	{6, protect}, {4, forkNow}, {2, exitNow}, {70, renameSome}, {40, linkSome}, {30, makeLink}, {30, makeDirectory},
	{20, moveAbout}, {12, whereAmI}, {16, readLink}, {14, changeMode}, {14, mayAccess}}

// treePaths are few, so that names meet.
var treePaths = []weighted[string]{{30, "/data/a"}, {30, "/data/b"}, {20, "/data/c"}, {30, "/data/d"},
	{12, "/data/d/a"}, {12, "/data/d/e"}, {8, "/data/d/e/b"}, {16, "/data/l"}, {10, "/data/m"}, {6, "/data/l/a"},
	{8, "/dev/shm/a"}, {8, "a"}, {6, "d"}, {4, "d/a"}, {5, "../data/b"}, {3, "/data/d/"}, {3, "/data/n/"},
	{3, "/data/a/"}, {3, "/data/l/"}, {3, "/data/."}, {3, "/data/d/.."}, {2, ".."}, {2, "."}, {1, "/"},
	{2, "/data/d/../a"}, {1, "/data"}, {1, "/data/" + longName}, {1, "/none/x"}, {2, "/data/a/x"}}

// linkTargets lead to files, to directories, nowhere, and in circles.
var linkTargets = []weighted[string]{{20, "/data/a"}, {14, "a"}, {14, "d"}, {8, "/data/d"}, {8, "d/a"}, {8, "../b"},
	{8, "l"}, {8, "m"}, {8, "/data/m"}, {4, "."}, {4, ".."}, {4, "/"}, {4, "none"}, {3, "c/"}, {3, "d/"}, {2, ""},
	{2, "/data/" + longName}}

func (g *Generator) treePath() script.Expr {
	if g.dice.percent(2) {
		return num(pick(g.dice, badAddrs))
	}
	return script.Str{Val: draw(g.dice, treePaths)}
}

// treeDir is the descriptor that a path starts from: mostly the working directory.
func (g *Generator) treeDir() script.Expr { return num(g.dirFD()) }

func openName(g *Generator) script.Action {
	if len(g.fds) >= maxFDs {
		return closeSome(g)
	}
	flags := pick(g.dice, []uint64{0, 1, 2, 2, 2, 2})
	for _, b := range openBits {
		if b.value != 0o40000 && b.value != 0o20000 && g.dice.below(1000) < b.weight && g.allowed(b.value) {
			flags |= b.value
		}
	}
	mode := num(pick(g.dice, []uint64{0o644, 0o600, 0o777, 0}))
	if g.dice.percent(15) && g.allowed(0o20000000) {
		dir := pick(g.dice, []string{"/data", "/data/d", "."})
		return callWith("openat", g.treeDir(), script.Str{Val: dir}, num(0o20200002|flags&0o200), mode)
	}
	return callWith("openat", g.treeDir(), g.treePath(), num(flags), mode)
}

func statName(g *Generator) script.Action {
	switch g.dice.below(3) {
	case 0:
		return callWith("lstat", g.treePath(), script.Scratch{})
	case 1:
		return callWith("fstat", num(g.someFD()), script.Scratch{})
	}
	return callWith("newfstatat", g.treeDir(), g.treePath(), script.Scratch{}, num(pick(g.dice, []uint64{0, 0x100})))
}

func removeSome(g *Generator) script.Action {
	switch g.dice.below(3) {
	case 0:
		return callWith("unlink", g.treePath())
	case 1:
		return callWith("rmdir", g.treePath())
	}
	return callWith("unlinkat", g.treeDir(), g.treePath(), num(pick(g.dice, []uint64{0, 0x200, 0x200, 1})))
}

func renameSome(g *Generator) script.Action {
	switch g.dice.below(4) {
	case 0:
		return callWith("rename", g.treePath(), g.treePath())
	case 1:
		return callWith("renameat", g.treeDir(), g.treePath(), g.treeDir(), g.treePath())
	}
	return callWith("renameat2", g.treeDir(), g.treePath(), g.treeDir(), g.treePath(),
		num(draw(g.dice, []weighted[uint64]{{30, 0}, {20, 1}, {40, 2}, {3, 4}, {1, 3}, {1, 5}, {1, 6}, {1, 8}})))
}

func linkSome(g *Generator) script.Action {
	switch g.dice.below(4) {
	case 0:
		return callWith("link", g.treePath(), g.treePath())
	case 1:
		return callWith("linkat", num(g.someFD()), script.Str{Val: ""}, g.treeDir(), g.treePath(), num(0x1000))
	}
	return callWith("linkat", g.treeDir(), g.treePath(), g.treeDir(), g.treePath(),
		num(pick(g.dice, []uint64{0, 0x400, 0x400, 0x1000, 0x100})))
}

func makeLink(g *Generator) script.Action {
	target := script.Expr(script.Str{Val: draw(g.dice, linkTargets)})
	if g.dice.percent(50) {
		return callWith("symlink", target, g.treePath())
	}
	return callWith("symlinkat", target, g.treeDir(), g.treePath())
}

func makeDirectory(g *Generator) script.Action {
	mode := num(pick(g.dice, []uint64{0o755, 0o777, 0o777, 0o700, 0o1777, 0o7777}))
	if g.dice.percent(50) {
		return callWith("mkdir", g.treePath(), mode)
	}
	return callWith("mkdirat", g.treeDir(), g.treePath(), mode)
}

func moveAbout(g *Generator) script.Action {
	if g.dice.percent(30) {
		return call("fchdir", g.someFD())
	}
	return callWith("chdir", g.treePath())
}

func whereAmI(g *Generator) script.Action {
	return callWith("getcwd", script.Scratch{}, num(pick(g.dice, []uint64{4096, 4096, 0, 1, 2, 6, 10})))
}

func readLink(g *Generator) script.Action {
	n := num(pick(g.dice, []uint64{4096, 64, 3, 0, noFD}))
	if g.dice.percent(50) {
		return callWith("readlink", g.treePath(), script.Scratch{}, n)
	}
	path := g.treePath()
	if g.dice.percent(20) {
		path = script.Str{Val: ""}
	}
	return callWith("readlinkat", g.treeDir(), path, script.Scratch{}, n)
}

// someModes let the owner in, or no one, and some have special bits.
var someModes = []uint64{0o644, 0o600, 0o755, 0o755, 0o777, 0o444, 0, 0o6755, 0o17777}

func changeMode(g *Generator) script.Action {
	mode := num(pick(g.dice, someModes))
	switch g.dice.below(3) {
	case 0:
		return callWith("chmod", g.treePath(), mode)
	case 1:
		return callWith("fchmod", num(g.someFD()), mode)
	}
	return callWith("fchmodat", g.treeDir(), g.treePath(), mode)
}

func mayAccess(g *Generator) script.Action {
	mode := num(pick(g.dice, []uint64{0, 1, 2, 4, 6, 7, 8}))
	switch g.dice.below(3) {
	case 0:
		return callWith("access", g.treePath(), mode)
	case 1:
		return callWith("faccessat", g.treeDir(), g.treePath(), mode)
	}
	return callWith("faccessat2", g.treeDir(), g.treePath(), mode, num(pick(g.dice, []uint64{0, 0x100, 0x200, 1})))
}
