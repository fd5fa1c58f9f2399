//go:build linux && amd64

package host

import (
	"encoding/binary"
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
