package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
)

// asked runs a command that asks the real kernel, and skips the test where there is none.
func asked(t *testing.T, line string) (out string, code int) {
	t.Helper()
	if err := host.CanCompare(); err != nil {
		t.Skipf("no real kernel: %v", err)
	}
	out, errs, code := vmsim(line)
	if code == exitNoWay {
		t.Skipf("no real kernel: %s", errs)
	}
	return out, code
}

func TestDiffCountsWhatItComparesAndExplains(t *testing.T) {
	out, code := asked(t, "vmsim diff docs/examples/faults.vms")
	whole := strings.Contains(out, "nothing is unexplained") && strings.Contains(out, " == 0x00\n    faults 1 0")
	if code != exitFine || !whole {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// With another limit the stack covers in one step more than its first one ever let it, and a piece of it that was moved
// grows where it is then.
func TestDiffSeesTheStackGrowWhereItsFirstLimitDoesNotReach(t *testing.T) {
	for name, c := range map[string]struct{ program, grown string }{
		"no limit": {`prlimit64(0, RLIMIT_STACK, {rlim_cur=0xffffffffffffffff, rlim_max=0xffffffffffffffff}, NULL)
munmap(0x7ffff7ff6000, 65536)
*0x7ffff7ffffff
`, "+ 7ffff7fff000-7ffffffff000 rw-p 00000000 [stack]"},
		"moved": {`mremap(0x7ffffffe8000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x1001c000)
*0x10004001
`, "+ 10004000-1001d000 rw-p 00000000"},
	} {
		file := filepath.Join(t.TempDir(), "stack.vms")
		if err := os.WriteFile(file, []byte(c.program), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, code := asked(t, "vmsim diff "+file); code != exitFine || !strings.Contains(out, c.grown) {
			t.Errorf("%s: exit code %d:\n%s", name, code, out)
		}
	}
}

func TestDiffAsJSONEndsWithTheSums(t *testing.T) {
	out, _ := asked(t, "vmsim diff --json docs/examples/cow.vms")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var sums diffSums
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sums); err != nil || sums.Statements != len(lines)-1 ||
		sums.Compared["results"] == 0 {
		t.Errorf("%v: %+v of %d lines", err, sums, len(lines))
	}
}

// A difference that a rule explains is shown with the rule, and is no failure.
func TestDiffNamesTheRuleThatExplains(t *testing.T) {
	for _, rule := range difftest.Rules {
		if rule.Name == "huge pages" && !host.Profile().GivesHugePages() {
			continue
		}
		file := filepath.Join(t.TempDir(), "rule.vms")
		if err := os.WriteFile(file, []byte(rule.Example), 0o644); err != nil {
			t.Fatal(err)
		}
		flag := ""
		if rule.Kinds != 0 {
			flag = "--evidence " + difftest.EvidenceOf(rule.Kinds) + " "
		}
		out, code := asked(t, "vmsim diff "+flag+file)
		if code != exitFine || !strings.Contains(out, "explained by "+rule.Name) {
			t.Errorf("%s: exit code %d:\n%s", rule.Name, code, out)
		}
	}
}

// The first area has become huge pages before the second one is refused.
func TestDiffKnowsThatACollapseThatFailsMayHaveMadeHugePages(t *testing.T) {
	if !host.Profile().GivesHugePages() {
		t.Skip("a process gets no huge pages here, or cannot be without those that it did not ask for")
	}
	file := filepath.Join(t.TempDir(), "collapse.vms")
	const program = `p = mmap(0x20000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)
mmap(0x20200000, 2M, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
madvise(p, 4M, MADV_COLLAPSE) = -1 EINVAL
`
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, code := asked(t, "vmsim diff --evidence results,smaps "+file); code != exitFine ||
		!strings.Contains(out, "explained by huge pages") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestWhatRecordPrintsPassesOnTheModel(t *testing.T) {
	for _, file := range []string{"docs/examples/cow.vms", "docs/examples/sigbus.vms"} {
		out, code := asked(t, "vmsim record "+file)
		if code != exitFine || !strings.HasPrefix(out, "# Recorded on Linux ") {
			t.Fatalf("exit code %d:\n%s", code, out)
		}
		recording := filepath.Join(t.TempDir(), "r.vms")
		if err := os.WriteFile(recording, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, errs, code := vmsim("vmsim test " + recording); code != exitFine {
			t.Errorf("%s: %s%s", file, out, errs)
		}
	}
}

func TestCommandsOfTheLabSayWhatTheyDoNotUnderstand(t *testing.T) {
	for line, want := range map[string]string{
		"vmsim diff": "diff wants a program",
		"vmsim diff --evidence smap docs/examples/cow.vms": "unknown kind of evidence",
		"vmsim diff --address left docs/examples/cow.vms":  "host or model",
		"vmsim fuzz --kinds anom":                          "unknown kind of program",
		"vmsim fuzz --for ever":                            "wants a time",
		"vmsim fuzz --seed x":                              "wants a number",
		"vmsim fuzz --look often":                          "--look wants a number",
		"vmsim fuzz --style wild":                          "plain, wide or both",
		"vmsim record":                                     "record wants a program",
	} {
		isMisused(t, line, want)
	}
}

func TestDoctorAsJSONListsEveryKindOfEvidence(t *testing.T) {
	out, _, _ := vmsim("vmsim doctor --json")
	var told struct {
		Evidence []struct {
			Name string
			Have bool
			More string
		}
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || len(told.Evidence) < 10 {
		t.Fatalf("%v: %s", err, out)
	}
	for _, e := range told.Evidence {
		if !e.Have && e.More == "" {
			t.Errorf("%s is missing, and nothing is said of why", e.Name)
		}
	}
}

// What help says is left out is what is left out, and the doctor says why.
func TestDiffComparesByDefaultWhatHelpAndDoctorSay(t *testing.T) {
	out, _ := asked(t, "vmsim diff --quiet docs/examples/faults.vms")
	_, compared, _ := strings.Cut(strings.ReplaceAll(out, "\n# ", " "), "Compared: ")
	compared, rest, _ := strings.Cut(compared, ". ")
	doctor, _, _ := vmsim("vmsim doctor")
	help, _, _ := vmsim("vmsim help diff")
	for _, name := range difftest.EvidenceNames() {
		_, line, _ := strings.Cut(doctor, " "+name+" ")
		if !strings.Contains(doctor, "yes "+name+" ") {
			continue
		}
		line, _, _ = strings.Cut(line, "\n  yes ")
		line, _, _ = strings.Cut(line, "\n  no ")
		isNamed := strings.Contains(strings.Join(strings.Fields(line), " "), "only where --evidence names it")
		isCompared := strings.Contains(", "+compared+", ", ", "+name+", ")
		_, left, _ := strings.Cut(rest, "does not name it: ")
		left, _, _ = strings.Cut(left, "(")
		if isNamed == isCompared || isNamed != strings.Contains(left, name) || isNamed &&
			!strings.Contains(help, name) {
			t.Errorf("%s: doctor says by name only: %v; compared: %v; left out: %q; help:\n%s", name, isNamed,
				isCompared, left, help)
		}
	}
}

func TestProgramOfADeviceThatTheKernelsSideLacksIsNotCompared(t *testing.T) {
	_, errs, code := vmsim("vmsim diff --quiet docs/examples/remap_pfn_range.vms")
	if code != exitNoWay {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// TestDiffSaysWhatItDidNotCompare is about programs that both sides answer alike without asking Linux.
func TestDiffSaysWhatItDidNotCompare(t *testing.T) {
	dir := t.TempDir()
	some, all := filepath.Join(dir, "some.vms"), filepath.Join(dir, "all.vms")
	write := func(at, text string) {
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(some, "z = openat(AT_FDCWD, \"/dev/random\", O_RDWR)\nmunmap(0, 0)\n")
	write(all, "z = openat(AT_FDCWD, \"/dev/random\", O_RDWR)\nmmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, z, 0)\n")
	none := filepath.Join(dir, "none.vms")
	write(none, "# Only a remark.\n")
	if _, errs, code := vmsim("vmsim diff " + none); code != exitNoWay || !strings.Contains(errs, "none.vms: ") {
		t.Errorf("a program without a statement: code %d: %s", code, errs)
	}
	out, code := asked(t, "vmsim diff "+some)
	if code != exitFine || !strings.Contains(out, "# Not compared: 1 (/dev/random is outside the model).\n") {
		t.Errorf("code %d:\n%s", code, out)
	}
	out, errs, code := vmsim("vmsim diff " + all)
	if code != exitNoWay || !strings.Contains(errs, "nothing of it is compared") ||
		!strings.Contains(out, "# Not compared: 2 (/dev/random is outside the model).\n") {
		t.Errorf("code %d: %s\n%s", code, errs, out)
	}
}

// TestDiffFollowsPathsSizesAndDroppedCaches compares what the kernel's side once did not follow.
func TestDiffFollowsPathsSizesAndDroppedCaches(t *testing.T) {
	const everywhere = `t = openat(AT_FDCWD, "/tmp/x", O_RDWR|O_CREAT, 0600)
s = openat(AT_FDCWD, "/dev/shm/x", O_RDWR|O_CREAT, 0600)
pwrite64(t, "abc", 3, 0)
fsync(t)
p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, t, 0)
p[0]
d = openat(AT_FDCWD, "/tmp", O_RDONLY)
fstat(d, scratch)
`
	for name, text := range map[string]string{
		"paths on tmpfs": everywhere,
		"paths on ext4":  ".machine fs=ext4\n.file /tmp/y 8192 cold\n" + everywhere,
		"size of tmpfs": `.machine tmpfs_size=64K
fd = openat(AT_FDCWD, "/data/a", O_RDWR|O_CREAT, 0600)
ftruncate(fd, 1M)
p = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0..80K step PAGE] = 'x'
g = openat(AT_FDCWD, "/dev/shm/b", O_RDWR|O_CREAT, 0600)
fallocate(g, 0, 0, 8K)
pwrite64(g, "abc", 3, 0)
ftruncate(fd, 0)
fallocate(g, 0, 0, 64K)
pwrite64(fd, "abc", 3, 0)
m = memfd_create("z", 0)
fallocate(m, 0, 0, 1M)
`,
		"dropped caches": `.machine fs=ext4
.file /data/a 65536 cached
.file /data/b 12288 cached
.file /tmp/t 8192 cached
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
b = openat(AT_FDCWD, "/data/b", O_RDWR)
p = mmap(NULL, 12288, PROT_READ|PROT_WRITE, MAP_SHARED, b, 0)
p[PAGE]
.drop_caches 1
pread64(fd, scratch, 100, 0)
munmap(p, 12288)
.drop_caches 3
`,
	} {
		file := filepath.Join(t.TempDir(), "followed.vms")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, code := asked(t, "vmsim diff --quiet "+file); code != exitFine {
			t.Errorf("%s: exit code %d:\n%s", name, code, out)
		}
	}
}
