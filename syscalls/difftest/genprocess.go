package difftest

import (
	"slices"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// kin is what a generator knows of how processes belong together, and of what they share besides memory.
type kin struct {
	waiting  map[int]int // the process that waits in vfork, by the child that it waits for
	segments []uint64    // numbers of segments of shared memory
	pidfds   []uint64
}

// processMenu is about processes that share memory or have copies of it, limits, and what else changes how memory is
// given.
var processMenu = append([]weighted[dish]{{226, mapAnon}, {25, forkNow}, {25, vforkNow}, {35, cloneNow}, {40, exitNow},
	{40, limitOf},
	{12, readLimit}, {20, otherPersonality}, {20, option}, {8, keys}, {20, newSegment}, {45, attach}, {20, detach}, {12,
		controlSegment},
	{25, adviseProcess}, {14, openProcess}, {24, usePidfd}, {25, copyRemote}, {20, growStack}}, memoryMenu...)

// learnKin takes note of what a call has done to processes and segments.
func (g *Generator) learnKin(res *run.Result) {
	if res.Errno != 0 {
		return
	}
	switch res.Nr {
	case syscalls.SysVfork:
		g.suspend(res.PID, int(res.Value))
	case syscalls.SysClone:
		if res.Args[0]&uint64(syscalls.CloneVfork) != 0 {
			g.suspend(res.PID, int(res.Value))
		}
	case syscalls.SysShmget:
		if !slices.Contains(g.kin.segments, res.Value) {
			g.kin.segments = append(g.kin.segments, res.Value)
		}
	case syscalls.SysPidfdOpen:
		g.kin.pidfds = append(g.kin.pidfds, res.Value)
	}
}

// suspend takes a process that has called vfork out of those that run.
func (g *Generator) suspend(parent, child int) {
	if g.kin.waiting == nil {
		g.kin.waiting = map[int]int{}
	}
	g.kin.waiting[child] = parent
	g.bury(parent)
}

// resume brings back the process that has waited for the child.
func (g *Generator) resume(child int) {
	if parent, ok := g.kin.waiting[child]; ok {
		delete(g.kin.waiting, child)
		if _, lives := g.m.Process(parent); lives {
			g.alive = append(g.alive, parent)
		}
	}
}

func vforkNow(g *Generator) script.Action {
	if len(g.alive) >= 4 {
		return nil
	}
	return call("vfork")
}

// cloneNow makes a child that shares more or less with its parent, or asks for what contradicts itself.
func cloneNow(g *Generator) script.Action {
	if len(g.alive) >= 4 {
		return nil
	}
	const signal = 17
	flags := draw(g.dice,
		[]weighted[syscalls.CloneFlags]{{50, syscalls.CloneVM}, {15, 0}, {10, syscalls.CloneVM | syscalls.CloneVfork},
			{8, syscalls.CloneVfork}, {5, syscalls.CloneSigHand}, {5, syscalls.CloneThread}, {4,
				syscalls.CloneNewNS | syscalls.CloneFS},
			{5, syscalls.CloneVM | syscalls.CloneFS}})
	return call("clone", uint64(flags)|signal, 0, 0, 0, 0)
}

// structure is a structure of two words as an argument.
func structure(a, b string, x, y uint64) script.Expr {
	return script.Composite{Open: '{', Items: []script.Field{{Name: a, X: num(x)}, {Name: b, X: num(y)}}}
}

// limitOf changes a limit that memory calls ask about, of the process itself or of another.
func limitOf(g *Generator) script.Action {
	soft := pick(g.dice, []uint64{0, 4096, 65536, 1 << 20, 2 << 20, 8 << 20, 16 << 20, noFD, noFD})
	hard := noFD
	if g.dice.percent(15) {
		hard = pick(g.dice, []uint64{soft, 16 << 20, 0})
	}
	resource := pick(g.dice, []uint64{2, 2, 3, 9, 9, 16})
	limit := structure("rlim_cur", "rlim_max", soft, hard)
	switch g.dice.below(4) {
	case 0:
		return callWith("setrlimit", num(resource), limit)
	case 1:
		return callWith("prlimit64", num(g.someone()), num(resource), limit, num(0))
	}
	return callWith("prlimit64", num(0), num(resource), limit, num(0))
}

// someone is the number of a process, or of none.
func (g *Generator) someone() uint64 {
	return uint64(pick(g.dice, append([]int{0, 99}, g.alive...)))
}

// readLimit asks for a limit, into the program's own memory.
func readLimit(g *Generator) script.Action {
	to, resource := uint64(g.page()), pick(g.dice, []uint64{2, 3, 8, 9, 16})
	if g.dice.percent(50) {
		return call("getrlimit", resource, to)
	}
	from := pick(g.dice, []uint64{0, 0, uint64(g.page())})
	if at := vm.Addr(from); at != 0 && g.sight().meets(at, at+vm.PageSize, span.filled) {
		return nil // what the kernel would take for limits there is not compared
	}
	return call("prlimit64", g.someone(), resource, from, to)
}

func otherPersonality(g *Generator) script.Action {
	const noRandom, readExec = 0x40000, 0x400000
	return call("personality",
		pick(g.dice,
			[]uint64{noRandom, noRandom, noRandom | readExec, 0xffffffff, noRandom | 0x200000, noRandom | 0x100000}))
}

// option sets or asks for something that prctl knows of memory.
func option(g *Generator) script.Action {
	const name, setThp, getThp, setDeny, getDeny, setMerge, getMerge, setMM = 0x53564d41, 41, 42, 65, 66, 67, 68, 35
	switch draw(g.dice,
		[]weighted[int]{{20, setThp}, {10, getThp}, {4, setDeny}, {8, getDeny}, {30, setMerge}, {10, getMerge},
			{5, name}, {13, setMM}}) {
	case setThp:
		return call("prctl", setThp, uint64(g.dice.below(3)), uint64(g.dice.below(3)), 0, 0)
	case getThp:
		return call("prctl", getThp, 0, 0, 0, uint64(g.dice.below(2)))
	case setDeny:
		return call("prctl", setDeny, uint64(g.dice.below(5)), 0, 0, 0)
	case getDeny:
		return call("prctl", getDeny, 0, 0, 0, 0)
	case setMerge:
		return call("prctl", setMerge, uint64(g.dice.below(2)), 0, 0, 0)
	case getMerge:
		return call("prctl", getMerge, 0, 0, 0, 0)
	case setMM:
		return call("prctl", setMM, pick(g.dice, []uint64{3, 4, 5, 6, 7, 99}), uint64(g.page()), 0,
			uint64(g.dice.below(5))/4)
	}
	return call("prctl", name, 0, uint64(g.page()), g.rangeLength(), 0)
}

func keys(g *Generator) script.Action {
	if g.dice.percent(50) {
		return call("pkey_free", uint64(g.dice.below(3)))
	}
	return call("pkey_alloc", uint64(g.dice.below(8))/7, uint64(g.dice.below(5)))
}

// newSegment makes or finds a segment of shared memory.
func newSegment(g *Generator) script.Action {
	key := uint64(g.dice.below(4))
	flags := pick(g.dice, []uint64{0o1600, 0o1600, 0o1666, 0o3600, 0o600, 0o11600})
	// None is larger than memory: attached under mlockall(MCL_FUTURE) it would be filled in.
	size := pick(g.dice, []uint64{g.newLength(), g.newLength(), 1, 0, noFD})
	return call("shmget", key, size, flags)
}

// segment is the number of a segment, or of none.
func (g *Generator) segment() uint64 {
	return pick(g.dice, append([]uint64{signed(-1), 7}, g.kin.segments...))
}

func attach(g *Generator) script.Action {
	const readOnly, round, remap, exec = 0o10000, 0o20000, 0o40000, 0o100000
	if len(g.kin.segments) == 0 {
		return nil
	}
	at := uint64(0)
	if g.dice.percent(40) {
		at = uint64(g.page()) + pick(g.dice, []uint64{0, 0, 0, 123})
	}
	flags := uint64(0)
	for _, f := range []uint64{readOnly, round, remap, exec} {
		if g.dice.percent(22) {
			flags |= f
		}
	}
	const most = 4 << 20 // no segment is larger
	if flags&remap != 0 && g.sight().meets(vm.Addr(at), vm.Addr(at+most), span.program) {
		return nil // it may take the place of the code that the process runs
	}
	return call("shmat", g.segment(), at, flags)
}

// detach is mostly of something that is attached, or was before it was split.
func detach(g *Generator) script.Action {
	at := g.page()
	for _, s := range g.areas() {
		if strings.HasPrefix(s.name, "/SYSV") && g.dice.percent(60) {
			at = s.start - vm.Addr(s.offset)
		}
	}
	return call("shmdt", uint64(at)+pick(g.dice, []uint64{0, 0, 0, 0, 1}))
}

func controlSegment(g *Generator) script.Action {
	const remove, stat, info, lock, unlock, use = 0, 2, 3, 11, 12, 14
	cmd := pick(g.dice, []uint64{remove, remove, stat, info, lock, unlock, use, 99})
	return callWith("shmctl", num(g.segment()), num(cmd), script.Scratch{})
}

// adviseProcess gives advice for ranges of a process: itself, or another.
func adviseProcess(g *Generator) script.Action {
	who := pick(g.dice, append([]uint64{signed(-10000), signed(-10000), signed(-10001), 0, 9}, g.kin.pidfds...))
	advice := pick(g.dice, []uint64{0, 3, 4, 8, 10, 20, 20, 21, 22, 23, 102, 77})
	ranges := script.Composite{Open: '['}
	for range 1 + g.dice.below(3) {
		base, length := uint64(g.page()), g.rangeLength()
		if g.dice.percent(15) {
			base, length = base+uint64(g.dice.below(2)), 0
		}
		ranges.Items = append(ranges.Items, script.Field{X: structure("iov_base", "iov_len", base, length)})
	}
	return callWith("process_madvise", num(who), ranges, num(uint64(len(ranges.Items))), num(advice),
		num(uint64(g.dice.below(12))/11))
}

// copyRemote copies between buffers of one process and memory of another, or of the same.
func copyRemote(g *Generator) script.Action {
	name, use := "process_vm_readv", fills
	if g.dice.percent(50) {
		name, use = "process_vm_writev", reads
	}
	local, n, ok := g.buffers(use)
	if !ok {
		return nil
	}
	remote := g.remotePieces()
	who := uint64(pick(g.dice, g.alive))
	if g.dice.percent(5) {
		who = g.someone()
	}
	return callWith(name, num(who), local, num(n), remote, num(uint64(len(remote.Items))),
		num(uint64(g.dice.below(40))/39))
}

// remotePieces is a list of up to four pieces of memory, most of which can be reached.
func (g *Generator) remotePieces() script.Composite {
	remote := script.Composite{Open: '['}
	for i := range 4 {
		if i > 0 && g.dice.percent(50) || g.dice.percent(5) {
			break
		}
		length := pick(g.dice, []uint64{0, 1, 10, 100, 4096, 5000, 8192, 20000})
		at, ok := g.memory(length) // not the kernel's own pages: their bytes are not the model's
		if !ok || g.dice.percent(10) {
			at = pick(g.dice, badAddrs)
		}
		remote.Items = append(remote.Items, script.Field{X: structure("iov_base", "iov_len", at, length)})
	}
	return remote
}
