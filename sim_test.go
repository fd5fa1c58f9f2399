package vmsim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// TestMain has the tests end with the go command that started them.
func TestMain(m *testing.M) { os.Exit(leash.Tests(m)) }

// recordings are the random programs, and the runs of cat, git and perl, with their answers.
func recordings(t *testing.T) []string {
	t.Helper()
	const below = "syscalls/script/testdata/"
	return scripttest.Files(t, below+"kernel/*.vms", below+"real/*.vms")
}

// realKinds is what a run of an ordinary program is held to. How many faults it takes depends on the folios that its
// libraries were read in long before, of which the recording says nothing.
func realKinds(t *testing.T) run.Kinds {
	t.Helper()
	kinds, err := run.ParseKinds("results,signals,maps")
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// TestModelAnswersTheRecordings needs no kernel: the recordings hold what Linux 6.18 answered.
func TestModelAnswersTheRecordings(t *testing.T) {
	for _, file := range recordings(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) {
			var only run.Kinds
			if strings.Contains(file, "/real/") {
				only = realKinds(t)
			}
			for _, d := range heldAgainst(t, file, only) {
				t.Error(d)
			}
		})
	}
}

// TestModelAnswersAsOtherKernelsDid needs no kernel either: each recording names the release and the configuration of
// the one that it was made on, and the model takes them on.
func TestModelAnswersAsOtherKernelsDid(t *testing.T) {
	for _, file := range scripttest.Files(t, "syscalls/script/testdata/kernels/*/*.vms") {
		release := filepath.Base(filepath.Dir(file))
		t.Run(release+"/"+strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) {
			for _, d := range heldAgainst(t, file, 0) {
				t.Error(d)
			}
		})
	}
}

// TestFaultsOfRecordedRunsFollowFromHowTheirFilesLay gives each file the pages that the recording's faults show to have
// borne the mark of readahead (0r) or not to have been in memory (-). git's last fault reads a page of a library, which
// readahead had brought before: the kernel had freed it meanwhile, and no state that the run began in shows that.
func TestFaultsOfRecordedRunsFollowFromHowTheirFilesLay(t *testing.T) {
	const libraries = "/usr/lib/x86_64-linux-gnu/"
	for _, c := range []struct {
		name string
		lay  map[string]string
		left int
	}{
		{"cat_10mb", nil, 0},
		{"perl", map[string]string{"/usr/bin/perl": "0,0r,0x%d", libraries + "libcrypt.so.1.1.0": "0,0r,0x%d,-"}, 0},
		{"git_version", map[string]string{"/usr/bin/git": "0,0r,0x%d", libraries + "libz.so.1.2.13": "0,0r,0x%d"}, 1},
	} {
		text, err := os.ReadFile("syscalls/script/testdata/real/" + c.name + ".vms")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			f := strings.Fields(line)
			if len(f) != 4 || f[0] != ".file" || c.lay[f[1]] == "" {
				continue
			}
			size, _ := strconv.Atoi(f[2])
			named := strings.Count(c.lay[f[1]], ",") // pages that the list names one by one
			f[3] = "folios=" + fmt.Sprintf(c.lay[f[1]], (size+4095)/4096-named)
			lines[i] = strings.Join(f, " ")
		}
		v := run.Test(scripttest.Parse(t, c.name, strings.Join(lines, "\n")), model.New(), run.Testing{})
		if v.Err != nil || len(v.Differences) != c.left {
			t.Errorf("%s: %v, %d differences, not %d: %v", c.name, v.Err, len(v.Differences), c.left, v.Differences)
		}
	}
}

// heldAgainst is in what the model's answers differ from a recording's, as to some kinds of evidence or, for 0, to all.
func heldAgainst(t *testing.T, file string, only run.Kinds) []run.Difference {
	t.Helper()
	prog := scripttest.Load(t, file)
	m := model.New()
	v := run.Test(prog, m, run.Testing{Check: m.Check, Only: only})
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	return v.Differences
}

// newLab is the real kernel beside the model; it skips the test with the reason where there is no real kernel, or none
// whose profile the model has.
func newLab(t *testing.T) *difftest.Lab {
	t.Helper()
	lab, done, err := openLab()
	if err != nil {
		t.Skipf("no real kernel to compare with: %v", err)
	}
	t.Cleanup(done)
	return lab
}

func openLab() (*difftest.Lab, func(), error) {
	if err := host.CanCompare(); err != nil {
		return nil, nil, err
	}
	kernel, err := host.New()
	if err != nil {
		return nil, nil, err
	}
	lab, err := difftest.NewLab(kernel, model.New())
	if err != nil {
		kernel.Close()
		return nil, nil, err
	}
	return lab, kernel.Close, nil
}

// campaignTime is how long each kind's campaign takes: VMSIM_CAMPAIGN=10m makes it longer.
func campaignTime(t *testing.T) time.Duration {
	text := os.Getenv("VMSIM_CAMPAIGN")
	if text == "" && testing.Short() {
		return time.Second
	}
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("VMSIM_CAMPAIGN: %v", err)
	}
	return d
}

// wants skips the test with the reason where the real kernel's side cannot have that setting of .machine.
func wants(t *testing.T, lab *difftest.Lab, setting string) {
	t.Helper()
	prog := scripttest.Parse(t, "machine", ".machine "+setting+"\nmunlockall() = 0\n")
	if _, err := lab.Compare(prog, difftest.HostAddresses, nil); err != nil {
		t.Skipf("no %s here: %v", setting, err)
	}
}

// TestModelAnswersAsThisKernelDoes makes programs at random and runs them on both sides. The first seed is always the
// same: what fails once fails again. A longer campaign goes further. The programs run as the user who runs it: for
// root alone package difftest has the same test as an ordinary user.
func TestModelAnswersAsThisKernelDoes(t *testing.T) {
	lab := newLab(t) // or skips
	kinds, err := difftest.ParseKinds("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		t.Run(kind.String(), func(t *testing.T) {
			if strings.HasSuffix(kind.String(), "ext4") {
				wants(t, lab, "fs=ext4")
			}
			if kind == difftest.FullTmpfs {
				wants(t, lab, "tmpfs_size=64K")
			}
			if r := host.Profile().Release; strings.HasPrefix(kind.String(), "signals") && r.Major < 6 {
				t.Skipf("some programs with handlers cannot be finished on %v (docs/differences.md)", r)
			}
			tally, err := difftest.Campaign{
				Kinds: []difftest.Kind{kind}, Seed: 1, For: campaignTime(t), Workers: 2, NewLab: openLab, Limit: 3,
				Found: judged(t),
			}.Run()
			if changed := host.CanCompare(); err != nil && changed != nil {
				t.Skipf("a setting of this machine changed during the test: %v", changed)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Log(tally)
			if tally.Lost > 0 {
				t.Errorf("%d programs could not be finished, the last because: %s", tally.Lost, tally.LastLoss)
			}
		})
	}
}

// judged fails a test for a difference that the kernel repeats, and logs one that it does not.
func judged(t *testing.T) func(difftest.Bundle) {
	return func(b difftest.Bundle) {
		if !b.Repeats {
			t.Logf("the kernel did not answer the same twice:\n%v", b)
			return
		}
		t.Errorf("unexplained:\n%v", b)
	}
}

// TestCountersOfVmstatAgreeWithThisKernel is a campaign that compares the counters of /proc/vmstat after every few
// statements.
func TestCountersOfVmstatAgreeWithThisKernel(t *testing.T) {
	if err := host.CanCount(); err != nil {
		t.Skipf("nothing can be counted here: %v", err)
	}
	kinds, err := difftest.ParseKinds("anon,errors,fork,file-tmpfs,shared-tmpfs")
	if err != nil {
		t.Fatal(err)
	}
	tally, err := difftest.Campaign{
		Kinds: kinds, Seed: 1, For: campaignTime(t), Workers: 1, Limit: 3,
		NewLab: func() (*difftest.Lab, func(), error) {
			lab, done, err := openLab()
			if err == nil {
				lab.Kinds = run.Results | run.Signals | difftest.VMStat
			}
			return lab, done, err
		},
		Found: judged(t),
	}.Run()
	if err != nil {
		t.Skipf("no real kernel to compare with: %v", err)
	}
	t.Log(tally)
	if tally.Lost > 0 {
		t.Errorf("%d programs could not be finished, the last because: %s", tally.Lost, tally.LastLoss)
	}
}

// TestEveryRuleOfDifferenceIsNeeded runs each rule's example: a rule that explains nothing any more has to go.
func TestEveryRuleOfDifferenceIsNeeded(t *testing.T) {
	lab := newLab(t)
	for _, rule := range difftest.Rules {
		t.Run(rule.Name, func(t *testing.T) {
			prog := scripttest.Parse(t, rule.Name, rule.Example)
			if strings.Contains(rule.Example, "fs=ext4") {
				wants(t, lab, "fs=ext4")
			}
			if rule.Name == "huge pages" && !lab.Profile.GivesHugePages() {
				t.Skip("a process gets no huge pages here, or cannot be without those that it did not ask for")
			}
			lab.Kinds = rule.Kinds
			for _, d := range agree(t, lab, prog).Differences {
				if d.Rule != nil && d.Rule.Name == rule.Name {
					return
				}
			}
			t.Errorf("model and kernel agree on its example: the entry can go")
		})
	}
}

// TestAreaLargerThanThisMachinesMemoryIsRefusedByBoth: how much there is, is no fact of Linux, so the model takes it
// on.
func TestAreaLargerThanThisMachinesMemoryIsRefusedByBoth(t *testing.T) {
	lab := newLab(t)
	ram := ""
	for _, s := range lab.Settings {
		if s.Name == "ram" {
			ram = strings.TrimSuffix(s.Value, "K")
		}
	}
	if ram == "" {
		t.Skip("this kernel does not say how much memory it has")
	}
	const text = "mmap(NULL, RAM*1024, PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
		"mmap(NULL, RAM*1024 + PAGE, PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	prog := scripttest.Parse(t, "ram", strings.ReplaceAll(text, "RAM", ram))
	agree(t, lab, prog)
}

// agree fails for each difference between the two sides that no entry explains.
func agree(t *testing.T, lab *difftest.Lab, prog *script.Program) difftest.Whole {
	t.Helper()
	w, err := lab.Compare(prog, difftest.HostAddresses, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range w.Unexplained() {
		t.Errorf("%s: unexplained: %v", prog.Name, d)
	}
	return w
}

// TestOmissionsLeaveNothingElseOut runs their examples: this kernel's other bytes are the model's.
func TestOmissionsLeaveNothingElseOut(t *testing.T) {
	lab := newLab(t)
	for _, o := range difftest.Omissions {
		agree(t, lab, scripttest.Parse(t, o.Name, o.Example))
	}
}

// TestClaimsAndExamplesHoldOnThisKernelToo runs the programs of the documentation on both sides: what they show is what
// Linux does.
func TestClaimsAndExamplesHoldOnThisKernelToo(t *testing.T) {
	lab := newLab(t)
	for _, pattern := range []string{"docs/claims/*.vms", "docs/examples/*.vms"} {
		scripttest.Each(t, pattern, func(t *testing.T, file string) { holdsOnBoth(t, lab, file) })
	}
}

// screenPath is a device that few machines have.
const screenPath = "/dev/fb0"

func holdsOnBoth(t *testing.T, lab *difftest.Lab, file string) {
	prog := scripttest.Load(t, file)
	if why := beyondThisMachine(prog); why != "" {
		t.Skip(why)
	}
	if _, err := os.Stat(screenPath); err != nil && strings.Contains(prog.String(), screenPath) {
		t.Skipf("this machine has no screen at %s", screenPath)
	}
	w, err := lab.Compare(prog, difftest.HostAddresses, nil)
	if err != nil {
		t.Skipf("this machine cannot run it: %v", err)
	}
	if len(w.Unexplained()) > 0 {
		judged(t)(lab.Bundle(w)) // on a busy machine the disk may answer a program otherwise
	}
}

// beyondThisMachine says why a program is not for the real kernel's side: it waits, or it wants to change the whole
// machine.
func beyondThisMachine(prog *script.Program) string {
	for _, op := range prog.Ops {
		d, ok := op.Do.(*script.Directive)
		if !ok {
			continue
		}
		switch d.Name {
		case "sleep":
			return "it lets real time pass"
		case "drop_caches":
			return "it would drop the caches of the whole machine"
		}
		for _, s := range d.Settings {
			if s.Name == "swap" && s.Value != "0" || s.Name == "ram" {
				return "it wants a machine with other memory: " + s.Name + "=" + s.Value
			}
		}
	}
	return ""
}
