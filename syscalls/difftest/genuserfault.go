package difftest

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// Programs that handle faults of their own by a userfaultfd: with signals, or with write protection that the kernel
// itself ends, since a fault that waits would wait for ever.

// userfaultMenu is what such programs are made of.
var userfaultMenu = append([]weighted[dish]{{130, registerRange}, {40, unregisterRange}, {120, giveCopy},
	{60, giveRange}, {110, writeProtect}, {50, giveMoved}, {12, openUserfaults}, {6, wakeRange}, {8, chooseFeatures},
	{6, readMessage}, {4, closeUserfaults}, {14, handOver}, {120, mapAnon}, {200, loadHanded}, {260, storeHanded},
	{40, adviseHanded}, {20, protectHanded}},
	shareMenu...)

// userfaultName is the name of a descriptor of a userfaultfd.
const userfaultName = "userfault"

// The features and flags by number.
const (
	userSignal      = 1 << 7
	userUnpopulated = 1 << 13
	userAsync       = 1 << 15
	userModeOnly    = 1
	userAPI         = 0xaa
)

// openUserfaults makes a userfaultfd; what it can do is chosen next.
func openUserfaults(g *Generator) script.Action {
	if len(g.fds) >= maxFDs {
		return closeSome(g)
	}
	flags := draw(g.dice, []weighted[uint64]{{50, nonblock}, {40, nonblock | userModeOnly}, {20, nonblock | 0o2000000},
		{2, 2}, {1, 1 << 32}, {2, 0}})
	g.queue = append(g.queue, g.features(num(g.nextFD())))
	return call("userfaultfd", flags)
}

// nextFD is the descriptor that the next open most likely gets.
func (g *Generator) nextFD() uint64 {
	for fd := 3; ; fd++ {
		taken := false
		for _, have := range g.fds {
			taken = taken || have == fd
		}
		if !taken {
			return uint64(fd)
		}
	}
}

// features is the choice of what a userfaultfd can do. Without a signal the first fault that waits ends the program.
func (g *Generator) features(fd script.Expr) script.Action {
	f := draw(g.dice, []weighted[uint64]{{60, userSignal}, {40, userSignal | userUnpopulated},
		{30, userSignal | userAsync}, {6, userAsync}, {1, 0}, {2, userSignal | 1<<40}, {2, userSignal | 0x1f11}})
	api := draw(g.dice, []weighted[uint64]{{97, userAPI}, {3, 0xab}})
	return g.userfaultRequest(fd, syscalls.RequestUserfaultAPI, fields("api", api, "features", f))
}

func chooseFeatures(g *Generator) script.Action { return g.features(num(g.userfaults())) }

// userfaults is a descriptor of a userfaultfd, or now and then of anything.
func (g *Generator) userfaults() uint64 {
	var have []int
	for _, fd := range g.fds {
		if g.files[fd] == userfaultName {
			have = append(have, fd)
		}
	}
	if len(have) == 0 || g.dice.percent(2) {
		return g.fd()
	}
	return uint64(pick(g.dice, have))
}

// fields are the members of a structure: names and numbers in turn.
func fields(pairs ...any) script.Composite {
	c := script.Composite{Open: '{'}
	for i := 0; i < len(pairs); i += 2 {
		c.Items = append(c.Items, script.Field{Name: pairs[i].(string), X: num(pairs[i+1].(uint64))})
	}
	return c
}

// ranged is a structure whose first member is a range.
func ranged(start, n, mode uint64) script.Composite {
	c := script.Composite{Open: '{', Items: []script.Field{{Name: "range", X: fields("start", start, "len", n)}}}
	return script.Composite{Open: '{', Items: append(c.Items, fields("mode", mode).Items...)}
}

// userfaultRequest is a request of a userfaultfd. The structure is now and then one that lies somewhere.
func (g *Generator) userfaultRequest(fd script.Expr, r syscalls.Request, c script.Composite) script.Action {
	var at script.Expr = c
	if g.dice.percent(3) {
		x := g.page() + pick(g.dice, []vm.Addr{0, 8, 4072, 4080})
		if g.sight().meets(x, x+40, span.filled) {
			return nil
		}
		at = num(uint64(x))
	}
	return callWith("ioctl", fd, num(uint64(r)), at)
}

// mostHanded is how many registered ranges a program keeps in mind.
const mostHanded = 4

// learnUserfaults takes note of a range that was registered.
func (g *Generator) learnUserfaults(res *run.Result) {
	if syscalls.Request(res.Args[1]) != syscalls.RequestRegister {
		return
	}
	c, ok := res.Op.Do.(*script.Call).Args[2].X.(script.Composite)
	if !ok {
		return
	}
	of := c.Items[0].X.(script.Composite)
	start, _ := script.Fold(of.Items[0].X)
	n, _ := script.Fold(of.Items[1].X)
	g.handed = append(g.handed, span{start: vm.Addr(start), end: vm.Addr(start + min(n, 5*vm.PageSize))})
	if len(g.handed) > mostHanded {
		g.handed = g.handed[1:]
	}
}

// handedPage is a page near the start of a range that was registered.
func (g *Generator) handedPage() vm.Addr {
	if len(g.handed) == 0 || g.dice.percent(10) {
		return g.page()
	}
	s := pick(g.dice, g.handed)
	return s.start + vm.Addr(g.dice.below(max(1, s.pages())))*vm.PageSize
}

func loadHanded(g *Generator) script.Action { return g.loadFrom(g.handedPage()) }

func storeHanded(g *Generator) script.Action {
	return store(g.handedPage()+pick(g.dice, []vm.Addr{0, 1, 4095}), byte(1+g.dice.below(255)))
}

func adviseHanded(g *Generator) script.Action {
	return call("madvise", uint64(g.handedPage()), g.rangeLength(),
		draw(g.dice, []weighted[uint64]{{40, 4}, {20, 8}, {20, 9}, {10, 20}, {10, 21}, {20, 22}, {20, 23}, {8, 102},
			{8, 103}, {8, 24}}))
}

func protectHanded(g *Generator) script.Action {
	return call("mprotect", uint64(g.handedPage()), g.rangeLength(), draw(g.dice, prots))
}

// givenRange is a range of registered memory, most often.
func (g *Generator) givenRange() (start, n uint64) {
	if g.dice.percent(60) {
		return uint64(g.handedPage()), pick(g.dice, []uint64{1, 1, 1, 2, 2, 3, 5}) * vm.PageSize
	}
	start, n = uint64(g.page()), g.rangeLength()
	if g.dice.percent(85) {
		n = (n + vm.PageMask) &^ vm.PageMask
	}
	if n > 8<<20 {
		n = 20 * vm.PageSize
	}
	if g.dice.percent(2) {
		start, n = g.wildAddr(), g.wildLength()
	}
	return start, n
}

func registerRange(g *Generator) script.Action {
	start, n := g.givenRange()
	if s, ok := g.area(); ok && g.dice.percent(40) {
		start, n = uint64(s.start), uint64(s.end-s.start)
	}
	mode := draw(g.dice, []weighted[uint64]{{40, 1}, {30, 2}, {40, 3}, {12, 4}, {10, 5}, {6, 6}, {8, 7}, {1, 0},
		{1, 8}})
	return g.userfaultRequest(num(g.userfaults()), syscalls.RequestRegister, ranged(start, n, mode))
}

func unregisterRange(g *Generator) script.Action { return g.rangeAlone(syscalls.RequestUnregister) }

func wakeRange(g *Generator) script.Action { return g.rangeAlone(syscalls.RequestWake) }

func (g *Generator) rangeAlone(r syscalls.Request) script.Action {
	start, n := g.givenRange()
	return g.userfaultRequest(num(g.userfaults()), r, fields("start", start, "len", n))
}

// giveModes are modes of what gives pages.
var giveModes = []weighted[uint64]{{60, 0}, {10, 1}, {25, 2}, {3, 3}, {1, 4}}

func giveCopy(g *Generator) script.Action {
	start, n := g.givenRange()
	from := uint64(g.page())
	if g.dice.percent(15) {
		from += pick(g.dice, []uint64{1, 8, 100, 4095})
	}
	if g.sight().meets(vm.Addr(from), vm.Addr(from+n), span.filled) {
		return nil // what the kernel has filled is not compared
	}
	return g.userfaultRequest(num(g.userfaults()), syscalls.RequestCopy,
		fields("dst", start, "src", from, "len", n, "mode", draw(g.dice, giveModes)))
}

// giveRange gives zeros, what the page cache has, or poison.
func giveRange(g *Generator) script.Action {
	start, n := g.givenRange()
	r := draw(g.dice, []weighted[syscalls.Request]{{50, syscalls.RequestZeroPage}, {50, syscalls.RequestContinue},
		{4, syscalls.RequestPoison}})
	return g.userfaultRequest(num(g.userfaults()), r, ranged(start, n, draw(g.dice, giveModes)))
}

func giveMoved(g *Generator) script.Action {
	start, n := g.givenRange()
	from := uint64(g.page())
	if g.sight().meets(vm.Addr(from), vm.Addr(from+n), span.filled) {
		return nil
	}
	return g.userfaultRequest(num(g.userfaults()), syscalls.RequestMove,
		fields("dst", start, "src", from, "len", n, "mode", draw(g.dice, giveModes)))
}

func writeProtect(g *Generator) script.Action {
	start, n := g.givenRange()
	mode := draw(g.dice, []weighted[uint64]{{60, 1}, {30, 0}, {5, 2}, {1, 3}, {1, 4}})
	return g.userfaultRequest(num(g.userfaults()), syscalls.RequestWriteProtect, ranged(start, n, mode))
}

func readMessage(g *Generator) script.Action {
	at, ok := g.memory(64)
	if !ok {
		return nil
	}
	return callWith("read", num(g.userfaults()), num(at), num(pick(g.dice, []uint64{0, 31, 32, 64})))
}

func closeUserfaults(g *Generator) script.Action { return call("close", g.userfaults()) }

// handOver names a handler that gives a page where the access got a signal.
func handOver(g *Generator) script.Action {
	on := &script.On{Signal: "SIGBUS"}
	if g.dice.percent(25) {
		return on
	}
	size := decimal(vm.PageSize)
	page := script.Binary{Op: "*", X: script.Binary{Op: "/", X: script.Name{ID: script.FaultAddress}, Y: size}, Y: size}
	at := script.Composite{Open: '{', Items: []script.Field{{Name: "start", X: page}, {Name: "len", X: size}}}
	c := script.Composite{Open: '{', Items: []script.Field{{Name: "range", X: at}, {Name: "mode", X: num(0)}}}
	r := pick(g.dice, []syscalls.Request{syscalls.RequestZeroPage, syscalls.RequestContinue,
		syscalls.RequestWriteProtect})
	on.Do = callWith("ioctl", num(g.userfaults()), num(uint64(r)), c).(*script.Call)
	return on
}
