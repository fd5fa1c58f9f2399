//go:build linux && amd64

package host

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMountsJoinedInANamespaceAreSeenByTheirDescriptorAlone(t *testing.T) {
	if err := ownProc(); err != nil {
		t.Skip(err)
	}
	root, err := mountDetached("tmpfs", nil)
	if err != nil {
		t.Skip("no mounts here: ", err)
	}
	data, err := mountDetached("tmpfs", map[string]string{"size": "64k"})
	require.NoError(t, err)
	defer syscall.Close(data)
	memory, err := mountDetached("tmpfs", nil)
	require.NoError(t, err)
	x := &tree{memory: memory}
	x.rootAt(root)
	defer func() { _, _ = syscall.Close(x.root), syscall.Close(x.memory) }()
	require.NoError(t, os.Mkdir(x.path("/data"), 0o755))
	require.NoError(t, os.WriteFile(x.path("/f"), nil, 0o644))
	require.NoError(t, os.WriteFile(x.path("/g"), nil, 0o644))
	require.NoError(t, os.WriteFile(x.inMemory("/f"), []byte("memory's"), 0o644))
	before, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)

	require.NoError(t, x.joinInNamespace([]mount{{fd: data, at: "data"}, {x.memory, "f", "f"}}))
	require.NoError(t, x.joinInNamespace([]mount{{x.memory, "f", "g"}}), "once more, as for an image that was removed")

	var of syscall.Statfs_t
	require.NoError(t, syscall.Statfs(x.path("/data"), &of))
	require.Equal(t, uint64(16), of.Blocks, "the mount of 64 KiB is on /data")
	for _, name := range []string{"/f", "/g"} {
		text, err := os.ReadFile(x.path(name))
		require.NoError(t, err)
		require.Equal(t, "memory's", string(text), "a file of memory is on %s", name)
	}
	after, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	require.Equal(t, string(before), string(after), "what this process sees")
}
