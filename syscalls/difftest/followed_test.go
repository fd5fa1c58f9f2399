package difftest

import (
	"errors"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// given is the model in the place of a kernel that is what it is.
type given struct {
	*model.Machine
	ran *bool
}

func (g given) DiskRoom() uint64 { return 64 << 20 }

func (g given) Refuses(d script.Directive) error {
	if d.Name == "power_cut" {
		return errors.New("no such thing")
	}
	return nil
}

func (g given) Directive(d script.Directive) error {
	*g.ran = true
	return g.Machine.Directive(d)
}

// comparedToGiven compares a program with such a kernel.
func comparedToGiven(t *testing.T, text string) (ran bool, err error) {
	t.Helper()
	prog := scripttest.Parse(t, "given", text)
	_, err = (&Lab{Kernel: given{model.New(), &ran}, Model: model.New()}).Compare(prog, ModelAddresses, func(Line) {})
	return ran, err
}

func TestWhatTheKernelsSideCannotFollowIsRefusedByName(t *testing.T) {
	const fill = "fd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, 0600)\nfallocate(fd, 0, 0, 100M)\n"
	const anon = "p = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\n" +
		"p[0..8M step PAGE] = 1\n"
	for text, want := range map[string]string{
		".sleep 1s\n.power_cut\n": "line 2: no such thing",
		".sysctl vm.nr_hugepages=1\nfork()\n" +
			"mremap(0x10000000, 2M, 2M, MREMAP_MAYMOVE)\n": "line 3: mremap after fork",
		".machine reclaim=arc\nbrk(NULL)\n":        "line 1: .machine reclaim=arc: the kernel's side",
		".machine ram=4M\n.sleep 1s\n" + anon:      "ram=4M decides the answer of line 4",
		".machine fs=ext4\n.sleep 1s\n" + fill:     "disk_size=1T decides the answer of line 4, fallocate(",
		".machine fs=ext4 disk_size=120M\n" + fill: "disk_size=120M decides the answer of line 3, fallocate(",
		".machine anon_names=on\n" + anon +
			"prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, 4096, \"x\")\n": "anon_names=on decides the answer of line 4",
	} {
		ran, err := comparedToGiven(t, text)
		if err == nil || !strings.Contains(err.Error(), want) || ran {
			t.Errorf("%s: ran: %v, %v", text, ran, err)
		}
	}
}

func TestSettingThatSmapsAloneShowsIsRefusedWhereSmapsIsCompared(t *testing.T) {
	prog := scripttest.Parse(t, "given", ".machine pkeys=on\nbrk(NULL)\n")
	for kinds, want := range map[run.Kinds]bool{Observed: false, Observed | Smaps: true} {
		ran := false
		lab := &Lab{Kernel: given{model.New(), &ran}, Model: model.New(), Kinds: kinds}
		_, err := lab.Compare(prog, ModelAddresses, func(Line) {})
		refused := err != nil && strings.Contains(err.Error(), "pkeys=on decides what smaps shows")
		if refused != want {
			t.Errorf("smaps compared: %v, refused: %v, %v", want, refused, err)
		}
	}
}

// swapping is such a kernel that can give programs a limit and a swap area.
type swapping struct{ given }

func (swapping) CanLimit() error { return nil }
func (swapping) CanSwap() error  { return nil }

func TestSwapIsComparedForProgramsWithoutFilesAlone(t *testing.T) {
	for text, refused := range map[string]bool{
		".machine memcg=256K swap=1M\nbrk(NULL)\n":                         false,
		".machine memcg=256K swap=1M\n.file /data/a 64K cold\nbrk(NULL)\n": true,
		".machine memcg=256K\n.file /data/a 64K cold\nbrk(NULL)\n":         false,
	} {
		prog := scripttest.Parse(t, "swapping", text)
		ops, _ := runnable(prog)
		head, _ := setup(ops)
		if _, err := leftOut(swapping{}, head.Ops); (err != nil) != refused {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSettingThatDecidesNothingIsNotRefused(t *testing.T) {
	for _, text := range []string{
		".machine ram=4M swap=16M anon_names=on\nmmap(NULL, 64K, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
		".machine fs=ext4 disk_size=80M\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, 0600)\n" +
			"fallocate(fd, 0, 0, 10M)\n",
		// A tmpfs of half the memory is what the kernel's side gets too.
		".machine ram=4M\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, 0600)\nfallocate(fd, 0, 0, 3M)\n",
	} {
		if _, err := comparedToGiven(t, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
