package syscalls_test

import (
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/vm"
)

// plugged is a policy of every kind that counts how often it is asked.
type plugged struct {
	pagecache.LinuxReadahead
	asked map[string]int
}

func (p *plugged) Repair(f *fault.Page) error {
	p.asked["faults"]++
	own, err := f.NewFrame()
	if err == nil {
		f.MapOwn(own)
	}
	return err
}

func (p *plugged) Share(e vm.PTE) (parent, child vm.PTE) {
	p.asked["fork"]++
	return e &^ vm.PteWrite, e &^ vm.PteWrite
}

func (p *plugged) Store(f *fault.Page) error {
	p.asked["store"]++
	f.Allow()
	return nil
}

func (p *plugged) Place(n uint64, free iter.Seq[vm.Range]) (at vm.Addr, ok bool) {
	p.asked["placement"]++
	for r := range free {
		if r.Len() >= n {
			return r.Start, true // the bottom, where Linux takes the top
		}
	}
	return 0, false
}

func (p *plugged) Joins(_, _ vm.Neighbour) bool { p.asked["merging"]++; return false }

func (p *plugged) Start(x pagecache.Miss) (pagecache.Window, bool) {
	p.asked["readahead"]++
	return p.LinuxReadahead.Start(x)
}

func (p *plugged) Choose(queue []pagecache.Queued, _, _ time.Duration, _ pagecache.Load) []int {
	p.asked["flushing"]++
	return nil
}

func TestPoliciesDecideInLinuxsPlace(t *testing.T) {
	p := &plugged{asked: map[string]int{}}
	all := syscalls.Policies{CopyOnWrite: p, Placement: p, Merging: p, Readahead: p, Flushing: p}
	k := syscalls.New(syscalls.Config{FS: syscalls.Ext4, Policies: all})
	require.NoError(t, k.AddFile(syscalls.FileSpec{Path: "/a", Size: 40 * vm.PageSize, Cold: true}))
	proc := k.Spawn()
	const rw, anon = vm.ProtRead | vm.ProtWrite, syscalls.MapPrivate | syscalls.MapAnonymous
	a, err := proc.Mmap(0, vm.PageSize, rw, anon, -1, 0)
	require.NoError(t, err)
	_, err = proc.Mmap(a+vm.PageSize, vm.PageSize, rw, anon|syscalls.MapFixed, -1, 0)
	require.NoError(t, err)
	assert.Equal(t, 2, proc.Space.Count(), "the policy joins nothing")
	require.NoError(t, proc.Store(a, 1))
	child, err := proc.Fork()
	require.NoError(t, err)
	_ = child
	require.NoError(t, proc.Store(a, 2))
	fd, err := proc.Open("/a", syscalls.OpenReadWrite, 0)
	require.NoError(t, err)
	_, err = proc.Pread64(fd, a, 100, 0)
	require.NoError(t, err)
	for _, name := range []string{"placement", "merging", "fork", "store", "readahead"} {
		assert.NotZero(t, p.asked[name], name)
	}
	_, err = proc.Pwrite64(fd, a, 100, 0)
	require.NoError(t, err)
	k.Cache.Writer.Pass(k.Clock.Now() + 60e9)
	assert.NotZero(t, p.asked["flushing"])

	k = syscalls.New(syscalls.Config{Policies: syscalls.Policies{Faults: p}})
	proc = k.Spawn()
	a, err = proc.Mmap(0, vm.PageSize, rw, anon, -1, 0)
	require.NoError(t, err)
	_, err = proc.Load(a)
	require.NoError(t, err)
	assert.Equal(t, 1, p.asked["faults"])
}

// wild is a placement that answers with what is not free.
type wild struct{}

func (wild) Place(uint64, iter.Seq[vm.Range]) (vm.Addr, bool) { return 0x1234, true }

func TestAPlacementOfWhatIsNotFreeIsENOMEM(t *testing.T) {
	k := syscalls.New(syscalls.Config{Policies: syscalls.Policies{Placement: wild{}}})
	_, err := k.Spawn().Mmap(0, vm.PageSize, vm.ProtRead, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	assert.ErrorContains(t, err, "cannot allocate memory")
	require.NoError(t, k.Check())
}
