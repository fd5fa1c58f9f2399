package difftest_test

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// TestModelAnswersAsThisKernelDoesToAnOrdinaryUser makes programs at random and runs them on both sides as a user who
// is not root: he is refused what root is not, and the model has to refuse it for the same reason and in the same
// order.
func TestModelAnswersAsThisKernelDoesToAnOrdinaryUser(t *testing.T) {
	if os.Geteuid() == 0 {
		asOrdinaryUser(t)
		return
	}
	syscall.Umask(0o077) // the caller's mask is not the programs'
	campaigns(t, difftest.Campaign{NewLab: func() (*difftest.Lab, func(), error) { return newLab() }})
}

// TestModelAnswersAsThisKernelDoesToAUserOfRoots is the same where root lets the programs run as another user: some of
// the files are root's then.
func TestModelAnswersAsThisKernelDoesToAUserOfRoots(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run programs as another user")
	}
	user := script.Setting{Name: "user", Value: "nobody"}
	campaigns(t,
		difftest.Campaign{User: user.Value, NewLab: func() (*difftest.Lab, func(), error) { return newLab(user) }})
}

// campaigns runs the campaign once for each kind.
func campaigns(t *testing.T, c difftest.Campaign) {
	for _, kind := range difftest.MainKinds {
		t.Run(kind.String(), func(t *testing.T) {
			c.Kinds, c.Reach, c.For = []difftest.Kind{kind}, difftest.Both, campaignTime(t)
			runCampaign(t, c)
		})
	}
}

// runCampaign runs a campaign from seed 1 on: what differs each time that it is run again fails the test.
func runCampaign(t *testing.T, c difftest.Campaign) {
	c.Seed, c.Workers, c.Limit = 1, 1, 3
	c.Found = func(b difftest.Bundle) {
		if b.Repeats {
			t.Errorf("unexplained:\n%v", b)
		}
	}
	tally, err := c.Run()
	if err != nil {
		t.Skipf("no real kernel to compare with: %v", err)
	}
	t.Log(tally)
	if tally.Lost > 0 {
		t.Errorf("%d programs could not be finished, the last because: %s", tally.Lost, tally.LastLoss)
	}
}

// campaignTime is how long each kind's campaign takes: VMSIM_CAMPAIGN=10m makes it longer.
func campaignTime(t *testing.T) time.Duration {
	text := os.Getenv("VMSIM_CAMPAIGN")
	if text == "" && testing.Short() {
		return time.Second / 5
	}
	if text == "" {
		return time.Second / 2
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("VMSIM_CAMPAIGN: %v", err)
	}
	return d
}

func newLab(machine ...script.Setting) (*difftest.Lab, func(), error) {
	if err := host.CanCompare(); err != nil {
		return nil, nil, err
	}
	kernel, err := host.New()
	if err != nil {
		return nil, nil, err
	}
	lab, err := difftest.NewLab(kernel, model.New(), machine...)
	if err != nil {
		kernel.Close()
		return nil, nil, err
	}
	return lab, kernel.Close, nil
}

// asOrdinaryUser runs the test as nobody, who is in a group of another number and in two more. The working directory
// may be one that only root may enter.
func asOrdinaryUser(t *testing.T) {
	t.Helper()
	if err := host.CanCompare(); err != nil {
		t.Skipf("no real kernel to compare with: %v", err)
	}
	dir, err := os.MkdirTemp("", "vmsim-user")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, err := leash.Copy(dir)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$", "-test.v",
		fmt.Sprintf("-test.short=%v", testing.Short()))
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 54321,
		Groups: []uint32{100, 4000}}}
	leash.Child(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
		return
	}
	t.Logf("%s", out)
}
