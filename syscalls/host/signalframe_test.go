//go:build linux && amd64

package host

import (
	"encoding/binary"
	"errors"
	"testing"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/profile"
)

func TestTheKernelsFrameHoldsAsManyRegistersAsTheProcessorSays(t *testing.T) {
	m := newMachine(t)
	if err := m.Setup(run.Config{}); err != nil {
		t.Fatal(err)
	}
	caller, _ := m.Process(1)
	c := caller.(*Process)
	if err := c.SetAction(fault.SIGSEGV, syscalls.Handler); err != nil {
		t.Fatal(err)
	}
	before := c.StackPointer()
	_, err := c.Load(1)
	if ended, err := c.Deliver(*err.(*fault.Signal)); ended || err != nil {
		t.Fatal(ended, err)
	}
	const stateAddress, softwareSize = 232, 464 + 16 // in the frame, and in the state
	var b [8]byte
	if err := c.Peek(c.StackPointer()+stateAddress, b[:]); err != nil {
		t.Fatal(err)
	}
	if err := c.Peek(vm.Addr(binary.LittleEndian.Uint64(b[:]))+softwareSize, b[:4]); err != nil {
		t.Fatal(err)
	}
	says := profile.Config{State: stateSize()}
	if got := uint64(binary.LittleEndian.Uint32(b[:])); got != says.StateSize() {
		t.Errorf("the kernel has stored %d bytes, the processor says %d", got, says.StateSize())
	}
	if ended, err := c.ReturnFromHandler(); ended || err != nil || c.StackPointer() != before {
		t.Errorf("ended %v, %v, the stack pointer is %v and was %v", ended, err, c.StackPointer(), before)
	}
}

func TestAThreadWithoutPlaceForItsFrameEndsWithAllOthers(t *testing.T) {
	m := newMachine(t)
	if err := m.Setup(run.Config{}); err != nil {
		t.Fatal(err)
	}
	caller, _ := m.Process(1)
	const flags = syscalls.CloneVM | syscalls.CloneFS | syscalls.CloneFiles | syscalls.CloneSigHand |
		syscalls.CloneThread
	var threads [2]*Process
	for i := range threads {
		number, err := caller.Call(syscalls.SysClone, syscalls.Args{uint64(flags)})
		if err != nil {
			t.Fatal(err)
		}
		made, _ := m.Process(int(number))
		threads[i] = made.(*Process)
	}
	c := threads[0]
	_ = c.SetStackPointer(4096)
	_ = c.SetAction(fault.SIGSEGV, syscalls.Handler)
	_, err := c.Load(1)
	signal, _ := err.(*fault.Signal)
	ended := false
	for !ended && signal != nil {
		ended, err = c.Deliver(*signal)
		signal, _ = err.(*fault.Signal)
	}
	if !ended {
		t.Fatal(err)
	}
	for number := range 3 {
		if _, lives := m.Process(number + 1); lives {
			t.Errorf("thread %d lives", number+1)
		}
	}
}

// What a frame of zeros blocks is nothing: the end of a child would stop the puppet on its way to the next handler.
func TestAChildsEndDoesNotStopAProcessWhoseFrameIsLost(t *testing.T) {
	m := newMachine(t)
	if err := m.Setup(run.Config{}); err != nil {
		t.Fatal(err)
	}
	caller, _ := m.Process(1)
	c := caller.(*Process)
	const size, private, dontNeed = 4 * vm.PageSize, 0x22, 4
	at, err := c.Call(syscalls.SysMmap, syscalls.Args{0, size, 3, private, ^uint64(0), 0})
	if err != nil {
		t.Fatal(err)
	}
	for i, word := range []uint64{at, 0, size} {
		for j, x := range binary.LittleEndian.AppendUint64(nil, word) {
			if err := c.Store(vm.Addr(at)+vm.Addr(8*i+j), x); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := c.Call(syscalls.SysSigaltstack, syscalls.Args{at}); err != nil {
		t.Fatal(err)
	}
	child, err := c.Call(syscalls.SysFork, syscalls.Args{})
	if err != nil {
		t.Fatal(err)
	}
	made, _ := m.Process(int(child))
	_, _ = made.Call(syscalls.SysExitGroup, syscalls.Args{})
	_ = c.SetAction(fault.SIGSEGV, syscalls.HandlerOnStack)
	_, err = c.Load(1)
	for range 2 {
		if ended, err := c.Deliver(*err.(*fault.Signal)); ended || err != nil {
			t.Fatal(ended, err)
		}
		if _, err := c.Call(syscalls.SysMadvise, syscalls.Args{at, size, dontNeed}); err != nil {
			t.Fatal(err)
		}
		if _, err = c.ReturnFromHandler(); !errors.As(err, new(*fault.Signal)) {
			t.Fatal("the frame is there: ", err)
		}
	}
}
