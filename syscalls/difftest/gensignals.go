package difftest

import (
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// signalMenu is about handlers: what user-level pagers and collectors do with the pages that they have protected.
var signalMenu = append([]weighted[dish]{{226, mapAnon}, {120, handleSignal}, {90, protect}, {40, forkNow},
	{20, cloneNow}, {14, exitNow}, {150, loadByte}, {150, storeByte}}, memoryMenu...)

// fileSignalMenu is the same with files that are cut short while they are mapped.
var fileSignalMenu = append([]weighted[dish]{{120, handleSignal}, {40, forkNow}, {10, exitNow}, {80, resize}},
	fileMenu...)

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
	on.Do = g.callInHandler(page, length, prot)
	return on
}

// callInHandler is a call that may repair the page of the fault, or not.
func (g *Generator) callInHandler(page, length, prot script.Expr) *script.Call {
	switch g.dice.below(8) {
	case 0:
		return callWith("mmap", page, length, prot, num(mapPrivate|mapAnonymous|mapFixed), num(noFD),
			num(0)).(*script.Call)
	case 1:
		return callWith("munmap", page, length).(*script.Call)
	case 2:
		return callWith("madvise", page, length, num(4)).(*script.Call)
	case 3:
		if len(g.fds) > 0 {
			return callWith("ftruncate", num(g.fd()), num(pick(g.dice, truncSizes))).(*script.Call)
		}
	}
	return callWith("mprotect", page, length, prot).(*script.Call)
}

// learnEnd takes note of a process that a signal has ended.
func (g *Generator) learnEnd(res *run.Result) {
	if res.Ended {
		g.ended(res.PID)
	}
}
