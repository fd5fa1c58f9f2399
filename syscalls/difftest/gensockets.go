package difftest

import (
	"vmsim/syscalls/script"
)

// socketEnd is the name of a descriptor of a socket.
const socketEnd = "socket"

// makeSockets makes a pair of sockets.
func makeSockets(g *Generator) script.Action {
	if len(g.fds) >= maxFDs+4 {
		return closeSome(g)
	}
	to := g.placeForEnds()
	family, protocol := uint64(1), uint64(0)
	kind := draw(g.dice, []weighted[uint64]{{90, 1 | nonblock}, {20, 1 | nonblock | 0o2000000}, {1, 7}, {1, 11},
		{1, 1 | 1<<20}})
	if g.dice.percent(3) {
		family = pick(g.dice, []uint64{46, 1 << 31, noFD})
	}
	if g.dice.percent(4) {
		protocol = pick(g.dice, []uint64{1, 6})
	}
	return callWith("socketpair", num(family), num(kind), num(protocol), to)
}

// shutSome closes directions of a socket.
func shutSome(g *Generator) script.Action {
	return call("shutdown", g.endOf(socketEnd), pick(g.dice, []uint64{0, 1, 1, 2, 3, noFD}))
}

// messageFlag is flags of send and recv.
func (g *Generator) messageFlag() uint64 {
	return draw(g.dice, []weighted[uint64]{{40, 0}, {20, 0x40}, {20, 2}, {20, 0x100}, {10, 0x4000}, {6, 0x102},
		{2, 0x8000}, {2, 0x20}, {1, 1 << 31}})
}

func sendTo(g *Generator) script.Action {
	n, fd := g.socketCount(), num(g.endOf(socketEnd))
	buf, ok := g.bufferOr(script.Pattern{K: num(uint64(g.made))}, 50, n)
	if !ok {
		return nil
	}
	to, size := uint64(0), uint64(0)
	if g.dice.percent(4) {
		to, size = pick(g.dice, badAddrs), pick(g.dice, []uint64{0, 2, 128, 129, noFD})
	}
	return callWith("sendto", fd, buf, num(n), num(g.messageFlag()), num(to), num(size))
}

func receiveFrom(g *Generator) script.Action {
	n, fd := g.socketCount(), num(g.endOf(socketEnd))
	to, ok := g.bufferOr(script.Scratch{}, 50, n)
	if !ok {
		return nil
	}
	from, size := uint64(0), uint64(0)
	if g.dice.percent(6) {
		from = pick(g.dice, badAddrs)
		if at, ok := g.place8(4); ok {
			size = at
		}
	}
	return callWith("recvfrom", fd, to, num(n), num(g.messageFlag()), num(from), num(size))
}

// socketCount is a pipeCount, or a length at which messages take another block, or more of them.
func (g *Generator) socketCount() uint64 {
	if g.dice.percent(50) {
		return g.pipeCount()
	}
	return pick(g.dice, []uint64{192, 193, 704, 705, 1728, 1729, 3776, 3777, 4289, 36544, 36545,
		106432, 212992, 300000})
}

// underWay asks how much memory a socket's messages take.
func underWay(g *Generator) script.Action {
	fd := g.endOf(socketEnd)
	if g.dice.percent(10) {
		fd = g.someFD()
	}
	return callWith("ioctl", num(fd), num(0x5411), script.Scratch{})
}
