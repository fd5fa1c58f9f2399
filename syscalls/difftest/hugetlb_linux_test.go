package difftest_test

import (
	"testing"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// TestModelAnswersAsThisKernelDoesWithAPoolOfHugePages makes programs at random that have a pool of huge pages, and
// compares what it has after each statement.
func TestModelAnswersAsThisKernelDoesWithAPoolOfHugePages(t *testing.T) {
	ofTheWholeMachine(t)
	m, err := host.New()
	if err != nil {
		t.Skip(err)
	}
	err = m.Setup(run.Config{Settings: []script.Setting{{Name: "vm.nr_hugepages", Value: "8"}}})
	m.Close()
	if err != nil {
		t.Skipf("no pool of huge pages can be set here: %v", err)
	}
	runCampaign(t, difftest.Campaign{
		Kinds: []difftest.Kind{difftest.Hugetlb}, For: 2 * campaignTime(t),
		NewLab: labThatCompares(difftest.Observed | difftest.Smaps | difftest.Pagemap | difftest.KPageFlags),
	})
}
