//go:build linux && amd64

package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// A batch is what a puppet does in one go, without a stop after each instruction: so it takes as long as in any other
// process. It is a row of records in the upper half of scratch memory, which the puppet goes through.

// act is one thing that a program does.
type act struct {
	pid    int
	nr     syscalls.Number // of a call
	kind   actKind
	args   syscalls.Args // of a call; else from where to where, how far apart, and the byte
	data   []byte        // of a poke, which goes to args[0]
	untold bool          // it raises a signal, or makes or ends a process: it runs alone, and is not timed
}

type actKind uint8

const (
	actCall actKind = iota
	actLoads
	actStores
	actPoke
)

// A record is eight words: the number of a call, or -1 for loads and -2 for stores; arguments; the answer.
const (
	recordWords = 8
	recordSize  = 8 * recordWords
	recordsAt   = script.ScratchAddr + script.ScratchSize/2
	mostRecords = 4096
	// how often the clock is read before it counts: then its code and its page are at hand
	warmUps = 8
	// where clock_gettime puts what it reads: before and after
	timesAt = recordsAt + recordSize*(mostRecords+warmUps+1)
)

// Timed is how long a program takes here.
type Timed struct {
	Took time.Duration
	Left int // statements that were not timed: they raise a signal, or make or end a process
}

// Time runs a program several times, and says how long each run took. The first run, which is not among them, finds out
// what the program does; then whole pieces of it run without a stop.
func (m *Machine) Time(prog *script.Program, runs int) (out []Timed, err error) {
	w, err := m.watchOnce(prog)
	if err != nil {
		return nil, err
	}
	for range runs {
		t, err := m.timedRun(w.config, w.acts)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// watchOnce runs a program, and notes what it does.
func (m *Machine) watchOnce(prog *script.Program) (*watcher, error) {
	w := &watcher{Machine: m}
	r, err := run.NewRunner(prog, w, run.Options{})
	if err != nil {
		return nil, err
	}
	for r.Next() {
		if w.err != nil {
			return nil, w.err
		}
	}
	return w, r.Err()
}

func (m *Machine) timedRun(c run.Config, acts []act) (t Timed, err error) {
	if err := m.Setup(c); err != nil {
		return t, err
	}
	m.Run(func() {
		for i := 0; i < len(acts) && err == nil; {
			n := 0
			if n, err = m.timedPiece(acts[i:], &t); err == nil {
				i += n
			}
		}
	})
	return t, err
}

// timedPiece runs the first acts: one alone, or as many as go together.
func (m *Machine) timedPiece(acts []act, t *Timed) (n int, err error) {
	first := &acts[0]
	c, ok := m.Process(first.pid)
	if !ok {
		return 0, fmt.Errorf("host: there is no process %d", first.pid)
	}
	p := c.(*Process)
	switch {
	case first.kind == actPoke:
		return 1, p.Poke(vm.Addr(first.args[0]), first.data)
	case first.untold:
		t.Left++
		return 1, p.alone(first)
	}
	for n < len(acts) && n < mostRecords && acts[n].pid == first.pid && acts[n].kind != actPoke && !acts[n].untold {
		n++
	}
	took, err := p.batch(acts[:n])
	t.Took += took
	return n, err
}

// alone runs what is not timed.
func (c *Process) alone(a *act) (err error) {
	switch a.kind {
	case actLoads:
		_, err = c.Load(vm.Addr(a.args[0]))
	case actStores:
		err = c.Store(vm.Addr(a.args[0]), byte(a.args[3]))
	default:
		_, err = c.Call(a.nr, a.args)
	}
	if _, answer := err.(syscall.Errno); answer || isSignal(err) {
		return nil
	}
	return err
}

// batchRecords are the records by which the stub performs acts, with two readings of the clock around them.
func (c *Process) batchRecords(acts []act) []uint64 {
	const clockGettime, monotonic = 228, 1
	words := make([]uint64, 0, recordWords*(len(acts)+warmUps+1))
	record := func(op uint64, args ...uint64) {
		words = append(words, op)
		words = append(words, args...)
		for len(words)%recordWords != 0 {
			words = append(words, 0)
		}
	}
	for range warmUps {
		record(clockGettime, monotonic, uint64(timesAt))
	}
	for i := range acts {
		a := &acts[i]
		op := map[actKind]uint64{actCall: uint64(a.nr), actLoads: ^uint64(0), actStores: ^uint64(1)}[a.kind]
		args := a.args
		if a.kind == actCall {
			c.m.paths.inward(c, a.nr, &args)
			c.m.numbered(a.nr, &args)
		}
		record(op, args[:]...)
	}
	record(clockGettime, monotonic, uint64(timesAt)+16)
	return words
}

// batch runs acts without a stop, and returns the time that they took.
func (c *Process) batch(acts []act) (time.Duration, error) {
	words := c.batchRecords(acts)
	if err := c.Poke(recordsAt, binary.LittleEndian.AppendUint64(pack(words), 0)); err != nil {
		return 0, err
	}
	c.version++
	p := c.p
	p.regs = p.base
	p.regs.Rbx, p.regs.R12 = uint64(recordsAt), uint64(len(acts)+warmUps+1)
	p.regs.Rip, p.regs.Orig_rax = uint64(p.at(binfmt.StubBatch)), ^uint64(0)
	s, err := p.run(cont)
	if err == nil && (s.exited || s.event != 0) {
		err = errors.New("host: a batch has ended or made a process")
	}
	if err == nil {
		err = c.arrived(s, binfmt.StubBatch)
	}
	if err != nil {
		return 0, err
	}
	var times [4 * 8]byte
	if err := c.Peek(timesAt, times[:]); err != nil {
		return 0, err
	}
	at := func(i int) int64 {
		return int64(binary.LittleEndian.Uint64(times[16*i:]))*1e9 + int64(binary.LittleEndian.Uint64(times[16*i+8:]))
	}
	return time.Duration(at(1) - at(0)), nil
}

func pack(words []uint64) []byte {
	b := make([]byte, 0, 8*len(words)+8)
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}
