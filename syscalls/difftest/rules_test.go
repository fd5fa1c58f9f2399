package difftest

import (
	"slices"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/run"
)

func TestRequestsThatAreCutOtherwiseAskForTheSame(t *testing.T) {
	small := slices.Repeat([]string{"R +2"}, 20)
	if gathered(small) != gathered([]string{"R +16", "R +24"}) {
		t.Error("twenty small requests are not one large one")
	}
	for _, other := range [][]string{small[1:], append([]string{"W +2"}, small[1:]...), append(small, "F +0")} {
		if gathered(small) == gathered(other) {
			t.Errorf("%q are taken for the same", other)
		}
	}
}

func TestABlockForExtentsIsTheOnlyOneThatMayBeMissing(t *testing.T) {
	for _, c := range []struct {
		what, want, got string
		explained       bool
	}{
		{"stored", "st_blocks=42", "st_blocks=40", true},
		{"stored", "stx_blocks=86", "stx_blocks=84", true},
		{"stored", "st_blocks=26", "st_blocks=28", true},
		{"stored", "st_blocks=42", "st_blocks=38", false},
		{"stored", "st_blocks=10", "st_blocks=8", false},
		{"stored", "st_size=42", "st_size=40", false},
		{"result", "42", "40", false},
	} {
		if got := explain(Difference{What: c.what, Want: c.want, Got: c.got}) != nil; got != c.explained {
			t.Errorf("%s: kernel %s, model %s: explained %v", c.what, c.want, c.got, got)
		}
	}
}

func TestProgramThatTakesBackItsDisabledHugePagesHasAskedForThem(t *testing.T) {
	call := func(disable uint64, errno syscall.Errno) *run.Result {
		res := &run.Result{Nr: syscalls.SysPrctl, Errno: errno}
		res.Args[0], res.Args[1] = uint64(syscalls.OptionSetThpDisable), disable
		return res
	}
	always, ifAdvised := &Pair{hugeAlways: true}, &Pair{}
	switch {
	case !always.asksForHuge(call(0, 0)):
		t.Error("a kernel that gives them always is thought to give none")
	case always.asksForHuge(call(1, 0)), always.asksForHuge(call(0, syscall.EINVAL)), ifAdvised.asksForHuge(call(0, 0)):
		t.Error("a program has asked for nothing, and what differs would be explained")
	}
}
