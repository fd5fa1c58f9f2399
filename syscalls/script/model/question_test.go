package model

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

func TestQuestionBelongsToTheStatementAfterIt(t *testing.T) {
	const text = "h = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n? minflt\n? copies.cow\nh[0]\n"
	prog := scripttest.Parse(t, "test", text)
	asks := prog.Ops[len(prog.Ops)-1].Asks
	if len(asks) != 2 || asks[0].String() != "minflt" || asks[1].String() != "copies.cow" {
		t.Errorf("asks %v", asks)
	}
	if got := prog.String(); got != "h = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n? minflt\n? "+
		"copies.cow\nh[0]\n" {
		t.Errorf("prints as %q", got)
	}
	if v := run.Test(prog, New(), run.Testing{}); !v.Passed() {
		t.Error(v)
	}
	if _, err := script.Parse("test", "? min flt\n"); err == nil {
		t.Error("nonsense is a question")
	}
}
