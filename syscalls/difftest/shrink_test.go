package difftest

import (
	"testing"

	"vmsim/syscalls/script/scripttest"
)

// TestShrinkingKeepsTheKernelThatTheModelAnswersAs looks at what may not go from a program's head.
func TestShrinkingKeepsTheKernelThatTheModelAnswersAs(t *testing.T) {
	prog := scripttest.Parse(t, "p", ".machine kernel=6.12.118 vsyscall=none\n.machine fs=tmpfs\nmunlockall()\n")
	kept := kernelNames(prog.Ops)
	if len(kept) != 1 || kept[0].Line != 1 {
		t.Errorf("of the program %v is kept", kept)
	}
}
