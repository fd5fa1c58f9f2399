package difftest

import (
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

// blunt is a model whose fsync does not say that it worked.
func blunt(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
	if nr == syscalls.SysFsync && err == nil {
		return 1, nil
	}
	return ret, err
}

// bundled is the bundle of a program on a model that differs in what fsync answers.
func bundled(t *testing.T, text string) Bundle {
	t.Helper()
	prog := scripttest.Parse(t, "program", text)
	lab := &Lab{Kernel: model.New(), Model: liar{model.New(), blunt}}
	w, err := lab.Compare(prog, HostAddresses, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Unexplained()) == 0 {
		t.Fatal("nothing differs")
	}
	return lab.Bundle(w)
}

func TestBundleKeepsTheMachineAndTheFilesOfItsProgram(t *testing.T) {
	for _, head := range []string{
		".machine fs=ext4\n.sysctl vm.dirty_ratio=30\n.file /data/a 8192 cold\n",
		".machine fs=ext4\n.file /data/a 8192 cached\n",
		".machine fs=ext4\n.file /data/a 8192 fill=0x41\n",
	} {
		b := bundled(t, head+"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\nfsync(fd)\n")
		text := b.String()
		if !b.Repeats {
			t.Errorf("it did not differ again:\n%s", text)
		}
		if _, file, _ := strings.Cut(head, ".file"); !strings.Contains(text, ".file"+file) {
			t.Errorf("the bundle lacks its file %q:\n%s", file, text)
		}
		if again := bundled(t, text); !again.Repeats || again.Difference.Signature() != b.Difference.Signature() {
			t.Errorf("the bundle's text differs in something else: %v\n%s", again.Difference, text)
		}
	}
}

func TestBundleKeepsWhatAFileHolds(t *testing.T) {
	b := bundled(t, "fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\nfsync(fd)\n-- data/a --\nsome words\n")
	if text := b.String(); !b.Repeats || !strings.Contains(text, "-- data/a --\nsome words\n") {
		t.Errorf("repeats %v:\n%s", b.Repeats, text)
	}
}

// What a campaign finds has its file system in it.
func TestFindingOfACampaignKeepsItsMachine(t *testing.T) {
	var found []Bundle
	_, err := Campaign{
		Kinds: []Kind{SharedExt4}, Seed: 1, Len: 300, Count: 40, Workers: 1, Limit: 1,
		NewLab: func() (*Lab, func(), error) {
			return &Lab{Kernel: model.New(), Model: liar{model.New(), blunt}}, func() {}, nil
		},
		Found: func(b Bundle) { found = append(found, b) },
	}.Run()
	if err != nil || len(found) == 0 {
		t.Fatalf("found %d: %v", len(found), err)
	}
	text := found[0].String()
	if !found[0].Repeats || !strings.Contains(text, ".file /data/") {
		t.Errorf("repeats %v:\n%s", found[0].Repeats, text)
	}
	if again := bundled(t, text); !again.Repeats {
		t.Errorf("its text does not differ again:\n%s", text)
	}
}

// A kernel that never says the same twice is no judge of the model.
func TestDifferenceFromAKernelThatContradictsItselfDoesNotRepeat(t *testing.T) {
	moody := uint64(0)
	kernel := liar{model.New(), func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
		if nr == syscalls.SysFsync && err == nil {
			moody++
			return moody, nil
		}
		return ret, err
	}}
	prog := scripttest.Parse(t, "program", ".file /data/a 8192\n"+
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\nfsync(fd)\n")
	lab := &Lab{Kernel: kernel, Model: model.New()}
	w, err := lab.Compare(prog, HostAddresses, nil)
	if err != nil || len(w.Unexplained()) == 0 {
		t.Fatalf("nothing differs (%v)", err)
	}
	if b := lab.Bundle(w); b.Repeats {
		t.Errorf("it repeats:\n%s", b.String())
	}
}
