//go:build linux && amd64

package host

import (
	"fmt"
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
	defer syscall.Close(root)
	data, err := mountDetached("tmpfs", map[string]string{"size": "64k"})
	require.NoError(t, err)
	defer syscall.Close(data)
	require.NoError(t, os.Mkdir(fmt.Sprintf("/proc/self/fd/%d/data", root), 0o755))
	require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/self/fd/%d/f", root), nil, 0o644))
	require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/self/fd/%d/f", data), []byte("data's"), 0o644))
	before, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)

	whole, err := joinInNamespace([]mount{{fd: data, at: "data"}, {data, "f", "f"}}, root)
	require.NoError(t, err)
	defer syscall.Close(whole)

	var of syscall.Statfs_t
	require.NoError(t, syscall.Statfs(fmt.Sprintf("/proc/self/fd/%d/data", whole), &of))
	require.Equal(t, uint64(16), of.Blocks, "the mount of 64 KiB is on /data")
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d/f", whole))
	require.NoError(t, err)
	require.Equal(t, "data's", string(text), "a file of it is on /f")
	after, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	require.Equal(t, string(before), string(after), "what this process sees")
}
