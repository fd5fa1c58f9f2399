package model_test

import (
	"errors"
	"syscall"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

func TestAFileOfALayoutIsNoDirectoryOfAnother(t *testing.T) {
	for want, areas := range map[syscall.Errno]string{
		syscall.ENOTDIR: "    00400000-00401000 r--p 00000000 /usr\n    00500000-00501000 r--p 00000000 /usr/lib/x\n",
		syscall.EISDIR:  "    00400000-00401000 r--p 00000000 /usr/lib/x\n    00500000-00501000 r--p 00000000 /usr\n",
	} {
		prog, err := script.Parse("t.vms", ".layout brk=0x503000\n"+areas)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = run.NewRunner(prog, model.New(), run.Options{}); !errors.Is(err, want) {
			t.Errorf("%v, not %v", err, want)
		}
	}
}
