package prompt

import (
	"os"
	"strings"
	"testing"
)

// thrash uses 20 pages in turn, three times, with memory for 16.
var thrash = func() string {
	text, err := os.ReadFile("../../../docs/examples/thrash.vms")
	if err != nil {
		panic(err)
	}
	return string(text)
}()

func TestThrashingIsExplainedAndComparedWithAnotherPolicy(t *testing.T) {
	c := talk(t, thrash)
	c.say("continue")
	c.wants(c.say("print majflt"), "60")
	c.wants(c.say("why evicted a:3"), "the control group is at its limit", "end of the inactive list", "a[")

	c.wants(c.say(".machine reclaim=lru"), "This is branch 1 now", "7 statements have run")
	c.wants(c.say("why evicted a:3"), "the policy chose it (lru: evicts the page that was used longest ago)")

	c.wants(c.say(".machine reclaim=lirs"), "branch 2")
	compared := c.say("diff branch 1")
	c.wants(compared, "- .machine reclaim=lirs", "+ .machine reclaim=lru", "majflt 34 → 60")
	if strings.Contains(compared, "frame 0x") {
		t.Errorf("two machines are compared by frames:\n%s", compared)
	}
	c.wants(c.say("info mrc"), "the knee is at 20: with 19 pages 61 misses, with 20 pages 21")

	c.say("branch 0")
	c.wants(c.say("print majflt"), "60")
}

// A policy hears of loads that no fault is taken for: page 0 is used again and again, and stays.
func TestPolicyOfAMachineHearsOfLoadsWithoutFaults(t *testing.T) {
	const program = `
.file /data/a 20*PAGE cold
fd = openat(AT_FDCWD, "/data/a", O_RDONLY)
a = mmap(NULL, 20*PAGE, PROT_READ, MAP_SHARED, fd, 0)
madvise(a, 20*PAGE, MADV_RANDOM)
a[0]
a[PAGE..8*PAGE step PAGE]
a[0]
a[8*PAGE..18*PAGE step PAGE]
`
	for policy, stays := range map[string]bool{"fifo": false, "lru": true} {
		c := talk(t, ".machine memcg=64K fs=ext4 reclaim="+policy+program)
		c.say("continue")
		left := strings.Contains(c.say("why evicted a:0"), "was taken by reclaim")
		if left == stays {
			t.Errorf("with %s page 0 left: %v", policy, left)
		}
	}
}

func TestPolicyThatKnowsTheFutureKeepsWhatIsUsedSoonest(t *testing.T) {
	c := talk(t, strings.Replace(thrash, "fs=", "reclaim=opt fs=", 1))
	c.say("until majflt == 30", "continue")
	c.wants(c.say("print majflt"), "30")
	c.wants(c.say("why evicted a:15"), "known from a first run")
}

// Private pages go to the swap area as the policy says, and keep their names there.
func TestPolicyRulesPrivatePagesToo(t *testing.T) {
	c := talk(t, `.machine memcg=64K swap=1M reclaim=lru
.sysctl vm.page-cluster=0
m = mmap(NULL, 20*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
m[0..20*PAGE step PAGE] = 'x'
m[0..20*PAGE step PAGE] == 'x'
`)
	c.say("continue")
	c.wants(c.say("print majflt"), "20")
	c.wants(c.say("check"), "Every invariant holds")
	c.wants(c.say("why pte m"), "the policy chose it (lru")
}
