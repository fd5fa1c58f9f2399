package difftest_test

import (
	"os"
	"testing"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// labThatCompares makes a lab whose comparison is of these kinds.
func labThatCompares(kinds run.Kinds) func() (*difftest.Lab, func(), error) {
	return func() (*difftest.Lab, func(), error) {
		lab, done, err := newLab()
		if err == nil {
			lab.Kinds = kinds
		}
		return lab, done, err
	}
}

// TestModelAnswersAsThisKernelDoesUnderPressure makes programs at random whose control group is smaller than what they
// use, and compares which pages stay after each statement.
func TestModelAnswersAsThisKernelDoesUnderPressure(t *testing.T) {
	canLimit(t)
	runCampaign(t, difftest.Campaign{
		Kinds: []difftest.Kind{difftest.UnderPressure}, For: 4 * campaignTime(t),
		NewLab: labThatCompares(difftest.Observed | difftest.Pressure | difftest.Pagemap),
	})
}

// TestModelSwapsAsThisKernelDoes makes programs at random whose private memory does not fit into their control group,
// and compares after each statement which pages are in the swap area, which are in the swap cache, and what came with a
// page that was read.
func TestModelSwapsAsThisKernelDoes(t *testing.T) {
	ofTheWholeMachine(t)
	canSwap(t)
	runCampaign(t, difftest.Campaign{
		Kinds: []difftest.Kind{difftest.Swapping}, For: 2 * campaignTime(t), Workers: 1, Reach: difftest.Both,
		NewLab: labThatCompares(difftest.Observed | difftest.Pressure | difftest.Pagemap),
	})
}

// ofTheWholeMachine skips a test that sets what all processes of the machine have, a swap area or a pool of huge pages,
// unless a campaign was asked for: the tests of other packages run at the same time.
func ofTheWholeMachine(t *testing.T) {
	t.Helper()
	if os.Getenv("VMSIM_CAMPAIGN") == "" {
		t.Skip("it sets what other tests would see; VMSIM_CAMPAIGN=1m go test ./syscalls/difftest runs it")
	}
}

// canSwap skips a test where no program can have a swap area.
func canSwap(t *testing.T) {
	t.Helper()
	canLimit(t, (*host.Machine).CanSwap)
}

// scans goes through a file of three times the limit in four ways, and back to a part that was used twice.
const scans = `.machine fs=ext4 memcg=1M
.file /data/a 3M cold
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 3M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0..512K step PAGE]
p[0..512K step PAGE]
p[0..1M step PAGE]
p[0..3M step PAGE]
p[0..512K step PAGE]
madvise(p, 3M, MADV_RANDOM)
p[1M..2M step PAGE]
p[0..1M step 2*PAGE]
q = mmap(NULL, 256K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
q[0..256K step PAGE] = 1
p[0..3M step PAGE]
madvise(p, 1M, MADV_PAGEOUT)
p[0..1M step PAGE]
`

func TestScansOfAFileLeaveThePagesThatThisKernelLeaves(t *testing.T) {
	canLimit(t)
	lab, done, err := newLab()
	if err != nil {
		t.Skipf("no real kernel to compare with: %v", err)
	}
	defer done()
	lab.Kinds = difftest.Observed | difftest.Pressure
	prog := scripttest.Parse(t, "scans", scans)
	const runs = 5 // what the disk has read when reclaim looks may differ from one to the next
	var differing []difftest.Difference
	for range runs {
		w, err := lab.Compare(prog, difftest.HostAddresses, nil)
		if err != nil {
			t.Skipf("no real kernel to compare with: %v", err)
		}
		if differing = w.Unexplained(); len(differing) == 0 {
			return
		}
	}
	t.Errorf("%v", differing[0])
}

// canLimit skips a test where no control group can have a limit, or where the machine cannot do more that it needs.
func canLimit(t *testing.T, more ...func(*host.Machine) error) {
	t.Helper()
	m, err := host.New()
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	for _, can := range append(more, (*host.Machine).CanLimit) {
		if err := can(m); err != nil {
			t.Skip(err)
		}
	}
}
