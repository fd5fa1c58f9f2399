package script_test

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

func TestFoliosOfAFilePrintAsTheyAreRead(t *testing.T) {
	for _, list := range []string{"0", "0x4,2x3,4r,-x8,3", "9x40,-,1x2r"} {
		prog := scripttest.Parse(t, "folios", ".file /data/a 4096 folios="+list)
		if got := script.FormatFolios(prog.Ops[0].Do.(*script.Directive).File.Folios); got != list {
			t.Errorf("folios=%s prints as %s", list, got)
		}
	}
	for _, list := range []string{"", "10", "2x0", "-r", "x3", "0,,1", "-1"} {
		if _, err := script.Parse("folios", ".file /data/a 4096 folios="+list); err == nil {
			t.Errorf("folios=%s is taken for a list", list)
		}
	}
}
