package disk

import (
	"errors"
	"syscall"
	"testing"
	"time"
)

// pages makes one page for each letter.
func pages(letters string) (out []*[BlockSize]byte) {
	for _, c := range letters {
		p := new([BlockSize]byte)
		for i := range p {
			p[i] = byte(c)
		}
		out = append(out, p)
	}
	return out
}

// letters are the first bytes of n blocks from b on; a dot for a block of zeros.
func letters(t *testing.T, d *Device, b Block, n int) string {
	t.Helper()
	r := Request{Op: Read, Block: b, Data: pages(string(make([]byte, n)))}
	if _, err := d.Submit(0, r); err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, p := range r.Data {
		if p[0] == 0 {
			p[0] = '.'
		}
		out = append(out, p[0])
	}
	return string(out)
}

func write(t *testing.T, d *Device, b Block, text string) {
	t.Helper()
	if _, err := d.Submit(0, Request{Op: Write, Block: b, Data: pages(text)}); err != nil {
		t.Fatal(err)
	}
}

func flush(t *testing.T, d *Device) {
	t.Helper()
	if _, err := d.Submit(0, Request{Op: Flush}); err != nil {
		t.Fatal(err)
	}
}

func TestPowerCutTakesBackWhatWasNotFlushed(t *testing.T) {
	d := NewDevice(10, NVMe)
	write(t, d, 0, "abc")
	flush(t, d)
	write(t, d, 1, "XYZ")
	for _, c := range []struct {
		survives func(Block) bool
		want     string
	}{
		{func(Block) bool { return false }, "abc."},
		{func(Block) bool { return true }, "aXYZ"},
		{func(b Block) bool { return b == 2 }, "abY."},
	} {
		if got := letters(t, d.crash(c.survives), 0, 4); got != c.want {
			t.Errorf("after the power cut the disk has %q, not %q", got, c.want)
		}
	}
	if got := letters(t, d, 0, 4); got != "aXYZ" {
		t.Errorf("the running device has %q", got)
	}
}

func TestPartsOfABlockAreWrittenAlone(t *testing.T) {
	d := NewDevice(4, NVMe)
	write(t, d, 0, "a")
	if _, err := d.Submit(0, Request{Op: Write, Block: 0, Data: pages("b"), Parts: []uint8{0b0100}}); err != nil {
		t.Fatal(err)
	}
	p := pages("?")
	if _, err := d.Submit(0, Request{Op: Read, Block: 0, Data: p, Parts: []uint8{0b1110}}); err != nil {
		t.Fatal(err)
	}
	if got := string([]byte{p[0][0], p[0][1024], p[0][2048], p[0][3072]}); got != "?aba" {
		t.Errorf("the parts are %q", got)
	}
}

func TestBlocksOfZerosCostNothing(t *testing.T) {
	d := NewDevice(1<<40/BlockSize, NVMe)
	write(t, d, 1<<28-2, "a")
	write(t, d, 1<<28-2, "\x00")
	flush(t, d)
	if len(d.kept) != 0 {
		t.Errorf("%d blocks are kept", len(d.kept))
	}
}

// lend writes pages that stay the caller's.
func lend(t *testing.T, d *Device, b Block, p []*[BlockSize]byte) {
	t.Helper()
	if _, err := d.Submit(0, Request{Op: Write, Block: b, Data: p, Lent: true}); err != nil {
		t.Fatal(err)
	}
}

func TestLentPageIsCopiedWhenItsOwnerIsAboutToChangeIt(t *testing.T) {
	d, p := NewDevice(4, NVMe), pages("ab")
	lend(t, d, 0, p)
	if !d.Holds(0, p[0]) || !d.Holds(1, p[1]) {
		t.Error("the device has copied at once")
	}
	d.Settle(0, p[0])
	p[0][0] = 'X'
	if got := letters(t, d, 0, 2); got != "ab" || d.Holds(0, p[0]) || !d.Holds(1, p[1]) {
		t.Errorf("the disk has %q", got)
	}
}

func TestPowerCutFindsWhatLentPagesHeld(t *testing.T) {
	none := func(Block) bool { return false }
	d, p := NewDevice(4, NVMe), pages("a")
	lend(t, d, 0, p)
	flush(t, d)
	lend(t, d, 0, p) // once more, unchanged
	d.Settle(0, p[0])
	p[0][0] = 'b'
	lend(t, d, 0, p)
	c, all := d.crash(none), d.crash(func(Block) bool { return true })
	p[0][0] = '!' // the copies do not wait to be told
	if was, is := letters(t, c, 0, 1), letters(t, all, 0, 1); was != "a" || is != "b" {
		t.Errorf("the power cut leaves %q, and %q where all survives", was, is)
	}
	if err := d.check(); err != nil {
		t.Error(err)
	}
}

func TestPartsOfALentPageLeaveItToItsOwner(t *testing.T) {
	d, p := NewDevice(8, NVMe), pages("a")
	lend(t, d, 0, p)
	flush(t, d)
	if _, err := d.Submit(0, Request{Op: Write, Block: 0, Data: p, Parts: []uint8{0b0001}, Lent: true}); err != nil {
		t.Fatal(err)
	}
	flush(t, d)
	write(t, d, 1, "xyz") // in pages that the device has to spare
	if p[0][0] != 'a' {
		t.Errorf("the device has written %q into a page that is not its own", p[0][0])
	}
}

func TestAnotherPageTakesTheLentOnesPlace(t *testing.T) {
	none := func(Block) bool { return false }
	d, p, q := NewDevice(4, NVMe), pages("ab"), pages("yz")
	lend(t, d, 0, p)
	flush(t, d)
	write(t, d, 0, "Y")
	lend(t, d, 1, q[1:])
	if d.Holds(0, p[0]) || d.Holds(1, p[1]) || !d.Holds(1, q[1]) {
		t.Error("the device holds on to the wrong page")
	}
	d.Settle(0, p[0])
	p[0][0], p[1][0] = '!', '!'
	if is, was := letters(t, d, 0, 2), letters(t, d.crash(none), 0, 2); is != "Yz" || was != "ab" {
		t.Errorf("the disk has %q, and %q after a power cut", is, was)
	}
}

func TestRequestBeyondTheDeviceIsEIO(t *testing.T) {
	d := NewDevice(4, NVMe)
	for _, b := range []Block{4, 3, ^Block(0)} {
		if _, err := d.Submit(0, Request{Op: Read, Block: b, Data: pages("??")}); !errors.Is(err, syscall.EIO) {
			t.Errorf("block %d: %v", b, err)
		}
	}
}

func TestArmMakesFarRequestsSlow(t *testing.T) {
	d := NewDevice(1<<20, HDD)
	at := func(b Block) time.Duration {
		begin := d.free
		done, err := d.Submit(begin, Request{Op: Read, Block: b, Data: pages("?")})
		if err != nil {
			t.Fatal(err)
		}
		return done - begin
	}
	at(0)
	next, far := at(1), at(1<<19)
	if next > time.Millisecond || far < 4*time.Millisecond {
		t.Errorf("the next block takes %v, a far one %v", next, far)
	}
}
