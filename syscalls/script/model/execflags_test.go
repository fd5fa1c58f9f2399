package model

import (
	"testing"

	"vmsim/syscalls/procfs"
	"vmsim/vm"
)

func TestTheTextOfAProgramIsUsedOnceByTheStart(t *testing.T) {
	_, p := after(t, ".file /prog/static 12288 elf=static\nexecve(\"/prog/static\", [\"a\"], NULL)\n")
	var flags [1]procfs.PageFlags
	if err := p.PageFlags(vm.Addr(0x401000).Page(), flags[:]); err != nil {
		t.Fatal(err)
	}
	if got := flags[0].String(); got != "referenced,uptodate,dirty,lru,mmap,swapbacked" {
		t.Errorf("flags are %s", got)
	}
}
