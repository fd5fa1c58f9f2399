package syscalls_test

import (
	"encoding/binary"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/vm"
)

// What a stack_t may say.
const (
	onStack    = 1
	noStack    = 2
	autoDisarm = 1 << 31
)

// signalStack is a process with some pages, the first of which is for stack_t.
func signalStack(t *testing.T) (p *syscalls.Process, x vm.Addr) {
	p = syscalls.New(syscalls.Config{}).Spawn()
	return p, mappedPages(t, p, syscalls.MapPrivate)
}

// setStack calls sigaltstack with a stack_t at x.
func setStack(t *testing.T, p *syscalls.Process, x, start vm.Addr, flags, size uint64) error {
	var b []byte
	for _, w := range [...]uint64{uint64(start), flags, size} {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	require.NoError(t, p.Poke(x, b))
	_, err := p.Call(syscalls.SysSigaltstack, syscalls.Args{uint64(x), 0})
	return err
}

// toldStack is what sigaltstack says.
func toldStack(t *testing.T, p *syscalls.Process, x vm.Addr) (start vm.Addr, flags, size uint64) {
	_, err := p.Call(syscalls.SysSigaltstack, syscalls.Args{0, uint64(x)})
	require.NoError(t, err)
	var b [24]byte
	require.NoError(t, p.Peek(x, b[:]))
	return vm.Addr(binary.LittleEndian.Uint64(b[:])), binary.LittleEndian.Uint64(b[8:]),
		binary.LittleEndian.Uint64(b[16:])
}

func TestSigaltstackRefusesWhatIsNoStack(t *testing.T) {
	p, x := signalStack(t)
	for _, c := range []struct {
		flags, size uint64
		want        error
	}{{0, 2047, syscall.ENOMEM}, {0, 2048, nil}, {4, 2047, syscall.EINVAL},
		{onStack | noStack, 1 << 20, syscall.EINVAL},
		{noStack, 0, nil}, {autoDisarm | onStack, 4096, nil}, {autoDisarm | noStack, 0, nil}} {
		require.Equal(t, c.want, setStack(t, p, x, x, c.flags, c.size), "flags %#x, size %d", c.flags, c.size)
	}
	_, err := p.Call(syscalls.SysSigaltstack, syscalls.Args{1, 0})
	require.Equal(t, syscall.EFAULT, err)
	_, err = p.Call(syscalls.SysSigaltstack, syscalls.Args{0, 1})
	require.Equal(t, syscall.EFAULT, err)
}

func TestTheAlternateStackIsTheChildsButNotAThreads(t *testing.T) {
	p, x := signalStack(t)
	require.NoError(t, setStack(t, p, x, x, 0, 4096))
	child, err := p.Fork()
	require.NoError(t, err)
	_, flags, size := toldStack(t, child, x)
	require.Equal(t, [2]uint64{0, 4096}, [2]uint64{flags, size})
	thread, err := p.Clone(threadFlags, 0, syscalls.Tids{})
	require.NoError(t, err)
	_, flags, size = toldStack(t, thread, x)
	require.Equal(t, [2]uint64{noStack, 0}, [2]uint64{flags, size})
}

// overflow has a process get SIGSEGV with its stack pointer at sp.
func overflow(t *testing.T, p *syscalls.Process, sp vm.Addr, a syscalls.SignalAction) (ended bool, err error) {
	require.NoError(t, p.SetAction(fault.SIGSEGV, a))
	require.NoError(t, p.SetStackPointer(sp))
	_, err = p.Load(1)
	return p.Deliver(*err.(*fault.Signal))
}

func TestAFrameLiesBelowTheRedZoneAndIsUndetermined(t *testing.T) {
	p, x := signalStack(t)
	const size = 4096
	require.NoError(t, p.Store(x+size-1, 7))
	before, _ := p.Faults()
	ended, err := overflow(t, p, x+size, syscalls.Handler)
	require.NoError(t, err)
	require.False(t, ended)
	after, _ := p.Faults()
	require.Equal(t, before, after, "the page was there")
	require.Equal(t, x+1016, p.StackPointer(), "2436 bytes of registers are at 1472, and the frame below")
	require.False(t, p.CPU.Scribbled(x+size-128, 1), "the red zone is left alone")
	require.True(t, p.CPU.Scribbled(p.StackPointer(), 440))
	ended, err = p.ReturnFromHandler()
	require.NoError(t, err)
	require.False(t, ended)
	require.Equal(t, x+size, p.StackPointer())
	require.NoError(t, p.Kernel().Check())
}

func TestAFrameWithoutPlaceEndsTheProcess(t *testing.T) {
	p, x := signalStack(t)
	ended, err := overflow(t, p, x, syscalls.HandlerOnStack)
	require.False(t, ended)
	require.Equal(t, fault.FromKernel(), err, "below the area there is nothing")
	ended, err = p.Deliver(*fault.FromKernel())
	require.NoError(t, err)
	require.True(t, ended)
	_, lives := p.Kernel().Process(p.PID)
	require.False(t, lives)
}

func TestAnAlternateStackIsUsedOnlyWhereItHasRoom(t *testing.T) {
	for _, c := range []struct {
		size uint64
		fits bool
	}{{2952, true}, {2944, false}} {
		p, x := signalStack(t)
		require.NoError(t, setStack(t, p, x, x, autoDisarm, c.size))
		_, err := overflow(t, p, x, syscalls.HandlerOnStack)
		require.Equal(t, c.fits, err == nil, "%d bytes", c.size)
		if err != nil {
			continue
		}
		_, flags, _ := toldStack(t, p, x+4096)
		require.EqualValues(t, noStack, flags, "SS_AUTODISARM: there is none in the handler")
		_, err = p.ReturnFromHandler()
		require.NoError(t, err)
		_, flags, size := toldStack(t, p, x+4096)
		require.Equal(t, [2]uint64{autoDisarm, c.size}, [2]uint64{flags, size})
	}
}
