//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
)

// The two numbers of the pool of huge pages that a program may set. They are the whole machine's: one process at a time
// sets them, and has them set back at its end.
const (
	poolSize   = "vm.nr_hugepages"
	poolExcess = "vm.nr_overcommit_hugepages"

	poolKnob   = "/proc/sys/vm/nr_hugepages"
	excessKnob = "/proc/sys/vm/nr_overcommit_hugepages"
)

// hugePool is the machine's pool while this process has it.
type hugePool struct {
	lock    *os.File // of the knob: the guardian has it too, so that it is free only when the pool is as it was
	dismiss func()
	counts  [len(poolCounts)]*os.File
	buf     []byte
}

// poolCounts are the files that tell of the pool, with their names in /proc/meminfo.
var poolCounts = [...]struct{ file, name string }{
	{"nr_hugepages", "HugePages_Total"}, {"free_hugepages", "HugePages_Free"}, {"resv_hugepages", "HugePages_Rsvd"},
	{"surplus_hugepages", "HugePages_Surp"},
}

// emptyPool has the guardian empty the pool when this process has ended: processes that still end may hold pages.
const emptyPool = `n=0; while echo 0 >"$0"; echo 0 >` + excessKnob + `; read -r have <"$0"; ` +
	`test "$have" != 0 && test $n -lt 50; do n=$((n+1)); sleep 0.1; done`

// patience is how long a program waits for the pool while another process has it.
const patience = 30 * time.Second

// newHugePool takes the pool, which has to be empty.
func newHugePool() (p *hugePool, err error) {
	p = &hugePool{buf: make([]byte, 64)}
	if p.lock, err = os.OpenFile(excessKnob, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("the pool of huge pages is root's to set: %w (sudo vmsim …)", err)
	}
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err = syscall.Flock(int(p.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || time.Since(start) > patience {
			break
		}
	}
	if err != nil {
		p.close()
		return nil, errors.New("another vmsim has the machine's pool of huge pages: try again when it has ended")
	}
	if have := pools(); have != "none" {
		p.close()
		return nil, fmt.Errorf("the machine has huge pages in pools (%s), which others may use: sysctl %s=0 %s=0", have,
			poolSize, poolExcess)
	}
	guards, err := syscall.Dup(int(p.lock.Fd()))
	if err != nil {
		p.close()
		return nil, err
	}
	p.dismiss = leash.Guard(emptyPool, poolKnob, os.NewFile(uintptr(guards), excessKnob))
	for i, c := range poolCounts {
		if p.counts[i], err = os.Open(poolDir + "/hugepages-2048kB/" + c.file); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

// close empties the pool and gives it up.
func (p *hugePool) close() {
	if p.dismiss != nil {
		_ = p.fill(0, 0)
		p.dismiss()
	}
	for _, f := range append(p.counts[:], p.lock) {
		if f != nil {
			_ = f.Close()
		}
	}
}

// fill makes the pool one of so many pages, which none may be using, and allows so many surplus ones.
func (p *hugePool) fill(pages, excess uint64) error {
	for _, n := range []uint64{0, pages} { // what an earlier program has left goes first
		if err := write(poolKnob, n); err != nil {
			return err
		}
	}
	if err := write(excessKnob, excess); err != nil {
		return err
	}
	want := [...]uint64{pages, pages, 0, 0}
	for i, c := range poolCounts {
		have, err := p.read(i)
		if err != nil {
			return err
		}
		if have != want[i] {
			return fmt.Errorf("%s=%d: %s is %d and should be %d: memory has no more pages of 2 MiB in one piece, or "+
				"another process uses the pool", poolSize, pages, c.name, have, want[i])
		}
	}
	return nil
}

func write(knob string, n uint64) error { return os.WriteFile(knob, strconv.AppendUint(nil, n, 10), 0) }

func (p *hugePool) read(i int) (uint64, error) {
	n, err := p.counts[i].ReadAt(p.buf, 0)
	if n == 0 && err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(p.buf[:n])), 10, 64)
}

// poolOf is what the settings say of the pool; asked is false where they say nothing.
func poolOf(list []script.Setting) (pages, excess uint64, asked bool, err error) {
	for _, s := range list {
		to := &pages
		switch s.Name {
		case poolExcess:
			to = &excess
		case poolSize:
		default:
			continue
		}
		if *to, err = strconv.ParseUint(s.Value, 10, 64); err != nil || *to > mostHuge {
			return 0, 0, false, fmt.Errorf("%s=%s: on the real kernel's side it is a number up to %d", s.Name, s.Value,
				mostHuge)
		}
		asked = true
	}
	return pages, excess, asked, nil
}

// mostHuge is how many huge pages are taken from the machine at most: 128 MiB.
const mostHuge = 64

// fillPool has the pool be what a program asks for; one that says nothing of it gets an empty one, as every machine
// has.
func (m *Machine) fillPool(list []script.Setting) error {
	pages, excess, asked, err := poolOf(list)
	if err != nil {
		return err
	}
	if !asked {
		if m.pool != nil {
			m.pool.close()
			m.pool = nil
		}
		return nil
	}
	if m.pool == nil {
		if m.pool, err = newHugePool(); err != nil {
			return err
		}
	}
	return m.pool.fill(pages, excess)
}

// resizePool does a .sysctl of the pool between statements.
func (m *Machine) resizePool(list []script.Setting) error {
	for _, s := range list {
		if s.Name != poolSize && s.Name != poolExcess {
			continue
		}
		pages, excess, _, err := poolOf([]script.Setting{s})
		switch {
		case err != nil:
			return err
		case m.pool == nil:
			return fmt.Errorf("%s: a program that sets the pool sets it before its first statement, too", s.Name)
		case s.Name == poolSize:
			err = write(poolKnob, pages)
		default:
			err = write(excessKnob, excess)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// HugePool is what the pool has, as /proc/meminfo calls it; empty for a program that does not set it.
func (m *Machine) HugePool() (text string, err error) {
	if m.pool == nil {
		return "", nil
	}
	var b strings.Builder
	for i, c := range poolCounts {
		n, err := m.pool.read(i)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %d\n", c.name, n)
	}
	return b.String(), nil
}
