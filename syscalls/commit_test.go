package syscalls_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/syscalls"
	"vmsim/vm"
)

const chargedPages = 10

// mappedPages is ten pages of anonymous memory.
func mappedPages(t *testing.T, p *syscalls.Process, f syscalls.MapFlags) vm.Addr {
	t.Helper()
	x, err := p.Mmap(0, chargedPages*vm.PageSize, vm.ProtRead|vm.ProtWrite, f|syscalls.MapAnonymous, -1, 0)
	require.NoError(t, err)
	return x
}

// attached is ten pages of a segment of shared memory.
func attached(t *testing.T, p *syscalls.Process) (id int, x vm.Addr) {
	t.Helper()
	id, err := p.Shmget(0, chargedPages*vm.PageSize, syscalls.SegmentCreate|0o600)
	if err == nil {
		x, err = p.Shmat(id, 0, 0)
	}
	require.NoError(t, err)
	return id, x
}

// What was charged is given back with the last area that shows it: private memory, shared memory without a name, a
// segment.
func TestCommitChargeIsReturned(t *testing.T) {
	k := syscalls.New(syscalls.Config{})
	p := k.Spawn()
	start := k.Commit.Committed
	charged := func(when string, want uint64) {
		t.Helper()
		require.Equal(t, want, k.Commit.Committed-start, "pages that are charged %s", when)
	}
	private, shared := mappedPages(t, p, syscalls.MapPrivate), mappedPages(t, p, syscalls.MapShared)
	id, segment := attached(t, p)
	charged("with three areas", 3*chargedPages)
	child, err := p.Fork()
	require.NoError(t, err)
	charged("after a fork, which charges private memory again", 4*chargedPages)
	child.Exit()
	require.NoError(t, p.Munmap(private, chargedPages*vm.PageSize))
	require.NoError(t, p.Munmap(shared, chargedPages*vm.PageSize))
	charged("with the segment alone", chargedPages)
	_, err = p.Shmctl(id, syscalls.SegmentRemove, 0)
	require.NoError(t, err)
	charged("with a segment that is removed and attached", chargedPages)
	require.NoError(t, p.Shmdt(segment))
	charged("at the end", 0)
	require.NoError(t, k.Check())
}

// A child that shares its parent's memory ends without taking it away, and a parent that waits for it goes on.
func TestSharedAddressSpacesGoWithTheLastProcess(t *testing.T) {
	p := syscalls.New(syscalls.Config{}).Spawn()
	x := mappedPages(t, p, syscalls.MapPrivate)
	child, err := p.Vfork()
	require.NoError(t, err)
	_, err = p.Call(syscalls.SysBrk, syscalls.Args{})
	require.Error(t, err, "the parent answers a call while it waits in vfork")
	require.NoError(t, child.Store(x, 7))
	child.Exit()
	b, err := p.Load(x)
	require.NoError(t, err)
	require.EqualValues(t, 7, b, "the parent reads what the child has stored")
	require.NoError(t, p.Kernel().Check())
}
