package difftest

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// signalMenu is about handlers: what user-level pagers and collectors do with the pages that they have protected.
var signalMenu = append([]weighted[dish]{{226, mapAnon}, {120, handleSignal}, {90, protect}, {40, forkNow},
	{20, cloneNow}, {14, exitNow}, {150, loadByte}, {150, storeByte}, {60, setAlternate}, {40, moveStack}},
	memoryMenu...)

// fileSignalMenu is the same with files that are cut short while they are mapped.
var fileSignalMenu = append([]weighted[dish]{{120, handleSignal}, {40, forkNow}, {10, exitNow}, {80, resize},
	{40, setAlternate}, {25, moveStack}}, fileMenu...)

// handleSignal names a handler, takes it away, or asks for the default action.
func handleSignal(g *Generator) script.Action {
	on := &script.On{Signal: draw(g.dice, []weighted[string]{{70, "SIGSEGV"}, {30, "SIGBUS"}})}
	switch {
	case g.dice.percent(4) && len(g.alive) > 1:
		on.Ends = true
		return on
	case g.dice.percent(8):
		return on
	}
	size := decimal(vm.PageSize)
	page := script.Binary{Op: "*", X: script.Binary{Op: "/", X: script.Name{ID: script.FaultAddress}, Y: size}, Y: size}
	prot := num(draw(g.dice, prots))
	length := num(pick(g.dice, []uint64{4096, 4096, 8192, 0}))
	if g.sight().meets(0, vm.TaskSize, span.program) {
		length = size // what follows may be what execve has started
	}
	on.OnStack = g.dice.percent(50)
	on.Do = g.callInHandler(page, length, prot)
	return on
}

// wholePages are sizes to which a handler cuts a file.
var wholePages = []uint64{0, 4096, 8192, 32768, 65536}

// callInHandler is a call that may repair the page of the fault, or not.
func (g *Generator) callInHandler(page, length, prot script.Expr) *script.Call {
	// More, or a part of a page, would put zeros over the handler's own frame.
	one := num(pick(g.dice, []uint64{4096, 0}))
	switch g.dice.below(14) {
	case 0:
		return callWith("mmap", page, one, prot, num(mapPrivate|mapAnonymous|mapFixed), num(noFD),
			num(0)).(*script.Call)
	case 1:
		return callWith("munmap", page, length).(*script.Call)
	case 2:
		return callWith("madvise", page, one, num(4)).(*script.Call)
	case 3:
		if call, ok := setAlternate(g).(*script.Call); ok {
			return call
		}
	case 4:
		if len(g.fds) > 0 {
			return callWith("ftruncate", num(g.fd()), num(pick(g.dice, wholePages))).(*script.Call)
		}
	case 5:
		if call := g.processInHandler(); call != nil {
			return call
		}
	case 6, 7, 8:
		return g.callOnFrame()
	}
	return callWith("mprotect", page, length, prot).(*script.Call)
}

// processInHandler makes a process or a thread, or puts another program in the place of the handler's.
func (g *Generator) processInHandler() *script.Call {
	const signal = 17
	const thread = syscalls.CloneVM | syscalls.CloneFS | syscalls.CloneFiles | syscalls.CloneSigHand |
		syscalls.CloneThread
	if g.Kind.executes() && g.dice.percent(40) {
		return callWith("execve", script.Str{Val: g.program()}, g.stringList(), g.stringList()).(*script.Call)
	}
	if len(g.alive) >= 4 {
		return nil
	}
	flags := draw(g.dice, []weighted[syscalls.CloneFlags]{{50, 0}, {30, syscalls.CloneVM | signal}, {20, thread}})
	if flags == 0 {
		return callWith("fork").(*script.Call)
	}
	return callWith("clone", num(uint64(flags)), num(0), num(0), num(0), num(0)).(*script.Call)
}

// callOnFrame changes the pages that the handler's own frame is in: what it returns to may be lost.
func (g *Generator) callOnFrame() *script.Call {
	size := decimal(vm.PageSize)
	at := script.Expr(script.Name{ID: script.StackPointer})
	if g.dice.percent(30) {
		at = script.Binary{Op: "+", X: at, Y: num(pick(g.dice, []uint64{448, 1024, 4096}))}
	}
	page := script.Binary{Op: "*", X: script.Binary{Op: "/", X: at, Y: size}, Y: size}
	length := num(pick(g.dice, []uint64{4096, 8192, 8192}))
	switch g.dice.below(10) {
	case 0:
		return callWith("munmap", page, length).(*script.Call)
	case 1:
		return callWith("mmap", page, length, num(draw(g.dice, prots)), num(mapPrivate|mapAnonymous|mapFixed),
			num(noFD), num(0)).(*script.Call)
	case 2, 3, 4, 5:
		advice := draw(g.dice, []weighted[uint64]{{40, 4}, {10, 8}, {20, 20}, {20, 21}, {10, 22}, {10, 23}})
		return callWith("madvise", page, length, num(advice)).(*script.Call)
	}
	return callWith("mprotect", page, length, num(draw(g.dice, prots))).(*script.Call)
}

// setAlternate sets the alternate stack, or asks for it: all of an area, a part that is too small, or what cannot be.
func setAlternate(g *Generator) script.Action {
	to, old := script.Expr(num(0)), script.Expr(num(0))
	s, ok := g.area()
	switch {
	case g.dice.percent(4):
		to = num(pick(g.dice, badAddrs))
	case ok && g.dice.percent(80):
		to = g.alternateStack(s)
	}
	switch {
	case g.dice.percent(30):
		old = script.Composite{Open: '{'}
	case g.dice.percent(4):
		old = num(pick(g.dice, badAddrs))
	}
	return callWith("sigaltstack", to, old)
}

// alternateStack is a stack_t for a stack somewhere, perhaps as large as the area s.
func (g *Generator) alternateStack(s span) script.Expr {
	const disarm = 1 << 31
	size := pick(g.dice,
		[]uint64{4096, 4096, 8192, 8192, 16384, uint64(s.end - s.start), 2048, 2047, 2951, 2952, 0})
	at := uint64(g.page()) + pick(g.dice, []uint64{0, 0, 0, 0, 8, 2048, 4090})
	flags := draw(g.dice, []weighted[uint64]{{60, 0}, {20, disarm}, {8, 2}, {6, 1}, {3, disarm | 2}, {3, 4}})
	return script.Composite{Open: '{', Items: []script.Field{{Name: "ss_sp", X: num(at)},
		{Name: "ss_flags", X: num(flags)}, {Name: "ss_size", X: num(size)}}}
}

// moveStack moves the stack pointer: into an area, as a thread's is, further down the stack, or where nothing is.
func moveStack(g *Generator) script.Action {
	const first, area = 0x7fffffffe000, 0x7ffffffde000
	at := pick(g.dice,
		[]uint64{first, first, first - 0x1000, area + 0x1000, area + 0x800, area, area - 0x2000, 0, 4096})
	if s, ok := g.area(); ok && g.dice.percent(65) {
		at = uint64(pick(g.dice, []vm.Addr{s.end, s.end, s.end - 8, s.start + 4096, s.start + 64, g.byteAddr()}))
	}
	return &script.Let{Name: script.StackPointer, X: num(at)}
}

// learnEnd takes note of a process that a signal has ended.
func (g *Generator) learnEnd(res *run.Result) {
	if res.Ended {
		g.ended(res.PID)
	}
}
