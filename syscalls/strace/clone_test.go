package strace

import "testing"

func TestChildsNumberIsStoredWhereTheLogSaysAndNowhereElse(t *testing.T) {
	const both = "CLONE_VM|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID"
	for args, want := range map[string]string{
		"{flags=…, child_tid=0x7f00, parent_tid=0x7f08, stack=0x1000} => {parent_tid=[5]}, 88": "clone(" + both +
			", NULL, 0x7f08, 0x7f00, NULL)",
		"child_stack=0x1000, flags=…, parent_tid=[5], child_tidptr=0x7f00": "clone(CLONE_VM|CLONE_CHILD_CLEARTID" +
			", NULL, NULL, 0x7f00, NULL)",
		"": "clone(CLONE_VM)",
	} {
		if got := forkText(both, args); got != want {
			t.Errorf("%s:\n%s\nnot\n%s", args, got, want)
		}
	}
}
