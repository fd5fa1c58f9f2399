package difftest

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// threadMenu is about threads: they share their memory, but each has its own processor and its own count of faults.
var threadMenu = append([]weighted[dish]{{226, mapAnon}, {90, threadNow}, {20, exitThread}, {12, forkNow},
	{8, vforkNow}, {10, cloneNow}, {6, exitNow}, {20, newSegment}, {25, attach}, {10, detach}, {10, limitOf},
	{15, adviseProcess}, {6, openProcess}, {25, copyRemote}},
	memoryMenu...)

// mostThreads is how many threads and processes a program has at once.
const mostThreads = 8

// threadNow makes a thread as the C library does, or one that shares less.
func threadNow(g *Generator) script.Action {
	if len(g.alive) >= mostThreads {
		return nil
	}
	const least = syscalls.CloneVM | syscalls.CloneSigHand | syscalls.CloneThread
	const usual = least | syscalls.CloneFS | syscalls.CloneFiles
	flags := draw(g.dice, []weighted[syscalls.CloneFlags]{{80, usual}, {10, least}, {5, least | syscalls.CloneVfork},
		{5, usual &^ syscalls.CloneVM}})
	return call("clone", uint64(flags), 0, 0, 0, 0)
}

// exitThread ends a thread, the first one too; its process lives on as long as another does.
func exitThread(g *Generator) script.Action {
	if len(g.alive) < 2 {
		return nil
	}
	return call("exit", 0)
}
