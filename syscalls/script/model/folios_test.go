package model_test

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// A fault maps the folios around it whole, passes over one with the mark, and waits for the disk where there is none.
func TestFileLiesInMemoryAsItsFoliosSay(t *testing.T) {
	prog, err := script.Parse("folios", `.machine fs=ext4
.file /data/a 262144 folios=0x4,2x3,4r,-x8,3
fd = openat(AT_FDCWD, "/data/a", O_RDONLY) = 3
p = mmap(NULL, 262144, PROT_READ, MAP_PRIVATE, fd, 0)
mincore(p, 262144, scratch) = 0
    mincore 1111111111111111111111111111111100000000111111110000000000000000
touch(p, r)
    faults 1 0
touch(p + 15*PAGE, r)
    faults 0 0
touch(p + 63*PAGE, r)
    faults 0 1
touch(p + 16*PAGE, r)
    faults 1 0
touch(p + 40*PAGE, r)
    faults 1 0
touch(p + 47*PAGE, r)
    faults 0 0
`)
	if err != nil {
		t.Fatal(err)
	}
	m := model.New()
	v := run.Test(prog, m, run.Testing{All: true, Check: func() error { return m.Check() }})
	scripttest.Passes(t, v.Err, v.Differences)
}

func TestFolioThatCannotLieThereIsRefused(t *testing.T) {
	for _, list := range []string{"0,2", "9x2", "4x4,2"} {
		prog := scripttest.Parse(t, "folios", ".machine fs=ext4\n.file /data/a 262144 folios="+list+"\n")
		if v := run.Test(prog, model.New(), run.Testing{}); v.Err == nil {
			t.Errorf("folios=%s is taken", list)
		}
	}
}
