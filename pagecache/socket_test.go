package pagecache

import (
	"syscall"
	"testing"

	"vmsim/vm"
)

// pairOn are the two ends of a pair of sockets, and two pages of memory for the other side.
func pairOn(t *testing.T) (a, b *Socket, user *pipePages) {
	t.Helper()
	k := newBench(t, 200)
	x, y := k.c.NewSocketPair()
	user = newPipePages(&k.c.Reclaim, 2*vm.PageSize)
	return x.Socket(), y.Socket(), user
}

func TestReadOfASocketGoesOverTheEndsOfMessages(t *testing.T) {
	a, b, user := pairOn(t)
	for _, n := range []uint64{3, 5000, 2} {
		if done, err := a.Send(user, 0, n); done != n || err != nil {
			t.Fatalf("%d bytes are sent: %d (%v)", n, done, err)
		}
	}
	if b.waiting() != 5005 || a.Unread() == 0 || b.Unread() != 0 {
		t.Errorf("%d bytes wait, %d and %d are charged", b.waiting(), a.Unread(), b.Unread())
	}
	if n, err := b.Receive(user, 0, 4000, 1, true); n != 4000 || err != nil || b.waiting() != 5005 {
		t.Errorf("a look takes %d (%v) and leaves %d", n, err, b.waiting())
	}
	for _, want := range []uint64{4000, 1005} {
		if n, err := b.Receive(user, 0, 4000, 1, false); n != want || err != nil {
			t.Errorf("a read is %d (%v), not %d", n, err, want)
		}
	}
	if n, err := b.Receive(user, 0, 1, 1, false); n != 0 || err != syscall.EAGAIN || !b.WouldWait(1) {
		t.Errorf("a read of nothing is %d (%v)", n, err)
	}
	if a.Unread() != 0 {
		t.Errorf("%d bytes are charged still", a.Unread())
	}
}

func TestSocketTakesMessagesUntilItsRoomIsUsed(t *testing.T) {
	a, b, user := pairOn(t)
	a.room = 3 * vm.PageSize
	sent := 0
	for ; !a.WouldFill(4000); sent++ {
		if n, err := a.Send(user, 0, 4000); n != 4000 || err != nil {
			t.Fatalf("message %d is %d (%v)", sent, n, err)
		}
	}
	if n, err := a.Send(user, 0, 1); n != 0 || err != syscall.EAGAIN || sent == 0 {
		t.Errorf("after %d messages one more is %d (%v)", sent, n, err)
	}
	if n, err := b.Receive(user, 0, 4000, 1, false); n != 4000 || err != nil || a.WouldFill(1) {
		t.Errorf("a read is %d (%v), and there is no room after it", n, err)
	}
}

func TestClosedEndGivesWhatItHasSentAndThenItsEnd(t *testing.T) {
	a, b, user := pairOn(t)
	_, _ = a.Send(user, 0, 10)
	_, _ = b.Send(user, 0, 10) // which a leaves unread
	a.close()
	if n, err := b.Receive(user, 0, 100, 1, false); n != 10 || err != nil {
		t.Errorf("what was sent is %d (%v)", n, err)
	}
	if _, err := b.Receive(user, 0, 100, 1, false); err != syscall.ECONNRESET {
		t.Errorf("then: %v", err)
	}
	if n, err := b.Receive(user, 0, 100, 1, false); n != 0 || err != nil || b.WouldWait(1) {
		t.Errorf("at last %d (%v)", n, err)
	}
	if _, err := b.Send(user, 0, 1); err != syscall.EPIPE {
		t.Errorf("a send to it: %v", err)
	}
}

func TestShutdownClosesOneDirectionAtBothEnds(t *testing.T) {
	a, b, user := pairOn(t)
	a.Shutdown(ShutSend)
	if _, err := a.Send(user, 0, 1); err != syscall.EPIPE || b.WouldWait(1) || a.WouldFill(1<<20) {
		t.Errorf("a send is %v after the direction is closed", err)
	}
	if n, err := b.Send(user, 0, 1); n != 1 || err != nil || a.waiting() != 1 {
		t.Errorf("the other direction: %d (%v)", n, err)
	}
	a.Shutdown(ShutReceive)
	if _, err := b.Send(user, 0, 1); err != syscall.EPIPE {
		t.Errorf("a send to an end that receives no more: %v", err)
	}
}

func TestUnreadableBytesAreNotSent(t *testing.T) {
	a, b, _ := pairOn(t)
	n, err := a.Send(unreadable{}, 0, 5000)
	if n != 0 || err != syscall.EFAULT || b.waiting() != 0 || a.Unread() != 0 {
		t.Errorf("%d bytes (%v), %d wait", n, err, b.waiting())
	}
}

// The pages of a pipe go into a message as they are; nothing is copied.
func TestSpliceFromAPipeToASocketMovesPages(t *testing.T) {
	k := newBench(t, 200)
	x, y := k.c.NewSocketPair()
	read, _ := k.c.NewPipe()
	user := newPipePages(&k.c.Reclaim, vm.PageSize)
	p := read.Pipe()
	p.full(t, user)
	page := p.ring[0].frame
	if p.WouldFillWith(x.Socket(), vm.PageSize) {
		t.Error("an empty socket has no room for a page")
	}
	if n, err := p.SpliceTo(x.Socket(), 2*vm.PageSize); n != vm.PageSize || err != nil || p.Bytes() != 0 {
		t.Errorf("%d bytes are poured (%v), %d stay", n, err, p.Bytes())
	}
	if m := y.Socket().queue[0]; len(m.parts) != 1 || m.parts[0].frame != page {
		t.Errorf("the message has %d parts", len(m.parts))
	}
	y.Socket().Shutdown(ShutReceive)
	p.full(t, user)
	if _, err := p.SpliceTo(x.Socket(), 1); err != syscall.EPIPE {
		t.Errorf("into a closed one: %v", err)
	}
}
