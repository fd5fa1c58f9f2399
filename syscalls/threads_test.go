package syscalls_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
)

const threadFlags = syscalls.CloneVM | syscalls.CloneFS | syscalls.CloneFiles |
	syscalls.CloneSigHand | syscalls.CloneThread

func TestThreadsShareMemoryDescriptorsAndLimits(t *testing.T) {
	p := syscalls.New(syscalls.Config{}).Spawn()
	thread, err := p.Clone(threadFlags, 0, syscalls.Tids{})
	require.NoError(t, err)
	x := mappedPages(t, thread, syscalls.MapPrivate)
	require.NoError(t, p.Store(x, 7))
	b, err := thread.Load(x)
	require.NoError(t, err)
	require.EqualValues(t, 7, b)
	fd, err := thread.MemfdCreate("m", 0)
	require.NoError(t, err)
	require.NoError(t, p.Close(fd), "the table of descriptors is one")
	require.NoError(t, p.Kernel().Check())
}

func TestAThreadEndsAloneByExitAndAllByExitGroup(t *testing.T) {
	p := syscalls.New(syscalls.Config{}).Spawn()
	first, err := p.Clone(threadFlags, 0, syscalls.Tids{})
	require.NoError(t, err)
	second, err := first.Clone(threadFlags, 0, syscalls.Tids{})
	require.NoError(t, err)
	x := mappedPages(t, p, syscalls.MapPrivate)
	fd, err := p.MemfdCreate("m", 0)
	require.NoError(t, err)
	_, err = first.Call(syscalls.SysExit, syscalls.Args{})
	require.NoError(t, err)
	require.Equal(t, []int{p.PID, second.PID}, p.Threads())
	require.NoError(t, p.Store(x, 1), "the memory outlives a thread")
	_, err = p.Dup(fd)
	require.NoError(t, err, "the descriptors outlive a thread")
	_, err = second.Call(syscalls.SysExitGroup, syscalls.Args{})
	require.NoError(t, err)
	_, lives := p.Kernel().Process(p.PID)
	require.False(t, lives, "exit_group ends the first thread too")
	require.Zero(t, p.Space.Count())
	require.NoError(t, p.Kernel().Check())
}

func TestExecveEndsTheOtherThreadsAndLeavesSharedDescriptorsToOthers(t *testing.T) {
	p := syscalls.New(syscalls.Config{}).Spawn()
	thread, err := p.Clone(threadFlags, 0, syscalls.Tids{})
	require.NoError(t, err)
	child, err := p.Clone(syscalls.CloneVM|syscalls.CloneFiles, 0, syscalls.Tids{})
	require.NoError(t, err)
	fd, err := p.MemfdCreate("m", syscalls.MemfdCloseExec)
	require.NoError(t, err)
	x := mappedPages(t, p, syscalls.MapPrivate)
	image := []binfmt.Area{{Start: 0x1000, End: 0x2000, Flags: vm.Read | vm.Write}}
	if err := thread.Exec(image, 0x3000, []vm.Addr{0x1000}); err != nil {
		t.Fatal(err)
	}
	require.Equal(t, []int{thread.PID}, thread.Threads())
	_, err = thread.Dup(fd)
	require.Equal(t, syscall.EBADF, err, "it was marked to close")
	_, err = child.Dup(fd)
	require.NoError(t, err, "the child's table is its own now")
	require.NoError(t, child.Store(x, 1))
	require.NoError(t, p.Kernel().Check())
}
