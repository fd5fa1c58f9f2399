package overlap

import (
	"math/rand/v2"
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// spot is a byte of memory.
type spot struct {
	frame *phys.Frame
	off   int
}

// copyCall is one call of the copy routine: byte i goes from from[i] to to[i].
type copyCall struct{ from, to []spot }

// memoryOf is what memory holds as far as a byte of it was ever stored to; all other bytes are as before.
type memoryOf map[spot]byte

func (m memoryOf) at(s spot) byte {
	if b, ok := m[s]; ok {
		return b
	}
	return s.frame.Byte(uint64(s.off))
}

// stepping is the numbers of the first byte of each step and the one behind the last.
type stepping [][2]int

// do makes a call in steps.
func (m memoryOf) do(c copyCall, how stepping) {
	for _, s := range how {
		var held []byte
		for i := s[0]; i < s[1]; i++ {
			held = append(held, m.at(c.from[i]))
		}
		for i := s[0]; i < s[1]; i++ {
			m[c.to[i]] = held[i-s[0]]
		}
	}
}

// inSteps are steps of size bytes from byte from up to n.
func inSteps(from, n, size int) (how stepping) {
	for ; from < n; from += size {
		how = append(how, [2]int{from, min(from+size, n)})
	}
	return how
}

// routines are the ways in which processors make a call.
func routines(c copyCall, dice *rand.Rand) (all []stepping) {
	n := len(c.from)
	for _, size := range []int{1, 2, 4, 8, 16, 32, 64} {
		all = append(all, inSteps(0, n, size))
		for _, at := range []int{c.from[0].off, c.to[0].off} { // aligned by source, by destination
			first := min((size-at%size)%size, n)
			all = append(all, append(inSteps(0, first, 64), inSteps(first, n, size)...))
		}
		if aligned := 8 - c.to[0].off%8; n >= 64 {
			words := aligned + (n-aligned)/8*8
			how := append(stepping{{0, 8}}, inSteps(aligned, words, max(size, 8))...)
			all = append(all, append(how, inSteps(words, n, 1)...))
		}
	}
	words := n / 8 * 8
	all = append(all, append(inSteps(0, words, 8), inSteps(words, n, 1)...))
	for range 20 {
		var how stepping
		for at := 0; at < n; {
			size := 1 + dice.IntN(64)
			how = append(how, [2]int{at, min(at+size, n)})
			at += size
		}
		all = append(all, how)
	}
	return all
}

// pointed are steps that hold a byte together with the one that was stored where it comes from.
func pointed(c copyCall) (all []stepping) {
	n := len(c.from)
	for i := range n {
		for j := max(0, i-63); j < i; j++ {
			if c.to[j] == c.from[i] {
				how := append(inSteps(0, j, 1), [2]int{j, i + 1})
				all = append(all, append(how, inSteps(i+1, n, 1)...))
			}
		}
	}
	return all
}

// place lays n bytes from off on over pages that show frames.
func place(frames []*phys.Frame, off, n int) (s []spot) {
	for i := range n {
		s = append(s, spot{frames[(off+i)/vm.PageSize], (off + i) % vm.PageSize})
	}
	return s
}

// perform is what the model makes of a call: pieces of which each is of one page on either side.
func (c copyCall) perform(m *phys.Memory) {
	var k Copy
	k.Begin(m, len(c.from))
	for i := 0; i < len(c.from); {
		n := 1
		for i+n < len(c.from) && c.from[i+n].off == c.from[i].off+n && c.to[i+n].off == c.to[i].off+n {
			n++
		}
		buf := make([]byte, n)
		c.from[i].frame.Read(c.from[i].off, buf)
		k.Write(c.to[i].frame, c.to[i].off, c.from[i].frame, c.from[i].off, buf)
		i += n
	}
}

// TestByteIsUndeterminedWhereTwoProcessorsLeaveDifferentOnes holds the marks against simulated processors: what none of
// them leaves otherwise than byte by byte is determined, and every byte that is marked comes out otherwise on one of
// them.
func TestByteIsUndeterminedWhereTwoProcessorsLeaveDifferentOnes(t *testing.T) {
	marked, seeds := 0, uint64(100)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		dice := rand.New(rand.NewPCG(seed, 10))
		memory := phys.NewMemory(8)
		var frames []*phys.Frame
		for range 3 {
			f := memory.Alloc(nil, 0, 0)
			f.Mapped()
			buf := make([]byte, vm.PageSize)
			letters := []int{2, 256}[dice.IntN(2)]
			for i := range buf {
				buf[i] = byte(dice.IntN(letters))
			}
			memory.Write(f, 0, buf)
			frames = append(frames, f)
		}
		marked += checkCalls(t, seed, dice, memory, frames)
		if err := memory.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if marked < 10*int(seeds) {
		t.Errorf("%d bytes were marked: the test looks at too little", marked)
	}
}

// randomCall is a call whose ends are near one another, and often near the end of a page.
func randomCall(dice *rand.Rand, frames []*phys.Frame) copyCall {
	pages := func() []*phys.Frame {
		return []*phys.Frame{frames[dice.IntN(2)], frames[dice.IntN(2)], frames[dice.IntN(3)]}
	}
	n, off := 1+dice.IntN(150), dice.IntN(2*vm.PageSize-400)
	if dice.IntN(2) == 0 {
		off = vm.PageSize - dice.IntN(100)
	}
	to := max(0, off+dice.IntN(150)-75)
	if dice.IntN(3) == 0 {
		to = max(0, off+dice.IntN(20)-10)
	}
	user := pages()
	kernel := user
	if dice.IntN(2) == 0 {
		kernel = pages()
	}
	return copyCall{place(user, off, n), place(kernel, to, n)}
}

// checkCalls makes up to three calls one after the other, and counts the bytes that were marked.
func checkCalls(t *testing.T, seed uint64, dice *rand.Rand, memory *phys.Memory, frames []*phys.Frame) (marked int) {
	t.Helper()
	var calls []copyCall
	for range 1 + dice.IntN(3) {
		calls = append(calls, randomCall(dice, frames))
	}
	expect := make([]memoryOf, 0, 1000)
	run := func(how func(i int) stepping) {
		m := memoryOf{}
		for i, c := range calls {
			m.do(c, how(i))
		}
		expect = append(expect, m)
	}
	bytewise := func(i int) stepping { return inSteps(0, len(calls[i].from), 1) }
	run(bytewise)
	var ways [][]stepping
	for _, c := range calls {
		ways = append(ways, append(routines(c, dice), pointed(c)...))
	}
	for k := range calls {
		for _, way := range ways[k] {
			run(func(i int) stepping {
				if i == k {
					return way
				}
				return bytewise(i)
			})
		}
	}
	for range 100 {
		run(func(i int) stepping { return ways[i][dice.IntN(len(ways[i]))] })
	}
	for _, c := range calls {
		c.perform(memory)
	}
	for s, want := range expect[0] {
		got := memory.Cell(s.frame, s.off)
		same := true
		for _, m := range expect {
			same = same && m[s] == want
		}
		if got.Byte != want || got.Undetermined == same {
			t.Fatalf("seed %d: at %d of %v the model has %v; byte by byte leaves %#02x, and all processors the same: "+
				"%v", seed, s.off, s.frame, got, want, same)
		}
		if got.Undetermined {
			marked++
		}
	}
	return marked
}
