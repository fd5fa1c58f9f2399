package syscalls_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/vm"
)

// Each policy of vmsim sim decides in a machine that reads a file twice as large as its memory, and maps it.
func TestReplacementPoliciesOfSimulationsDecideInAMachine(t *testing.T) {
	const ram, size = 1 << 20, 2 << 20
	for _, p := range policy.Named {
		t.Run(p.Name, func(t *testing.T) {
			c := syscalls.Config{RAM: ram, FS: syscalls.Ext4}
			c.Policies.Replacement = policy.Replacer(p.New(ram / vm.PageSize))
			k := syscalls.New(c)
			require.NoError(t, k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: size, Cold: true,
				Content: func(off int64, b []byte) {
					for i := range b {
						b[i] = byte((off + int64(i)) >> vm.PageShift)
					}
				}}))
			task := k.Spawn()
			fd, err := task.Open("/data/a", syscalls.OpenReadOnly, 0)
			require.NoError(t, err)
			at, err := task.Mmap(0, size, vm.ProtRead, syscalls.MapShared, fd, 0)
			require.NoError(t, err)
			for i := range uint64(900) {
				page := i * i % 601 % (size / vm.PageSize)
				b, err := task.Load(at + vm.Addr(page<<vm.PageShift))
				require.NoError(t, err)
				require.Equal(t, byte(page), b)
			}
			require.NoError(t, k.Check())
			require.LessOrEqual(t, task.FileOf(fd).Cached(), uint64(ram/vm.PageSize))
		})
	}
}
