//go:build linux && amd64

package host

import (
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

func TestPageClusterIsSetOnlyForProgramsWithASwapArea(t *testing.T) {
	list := []script.Setting{{Name: "memcg", Value: "1M"}, {Name: "swap", Value: "2M"}, {Name: pageCluster, Value: "0"}}
	if limit, swap, err := pressureOf(list); limit != 1<<20 || swap != (swapUse{2 << 20, "0"}) || err != nil {
		t.Errorf("a program with a swap area has the limit %d, %+v, %v", limit, swap, err)
	}
	if _, swap, err := pressureOf([]script.Setting{list[0], list[2]}); swap != (swapUse{}) || err != nil {
		t.Errorf("a program without a swap area has %+v, %v", swap, err)
	}
	if _, swap, err := pressureOf(list[1:]); swap != (swapUse{}) || err != nil {
		t.Errorf("a program without a limit has %+v, %v", swap, err)
	}
}

// An image that is swapped out to the area that it is has its loop device wait for itself.
func TestImagesOfDisksAreNeverSwappedOut(t *testing.T) {
	f, err := imageFile("vmsim-disk-test", 5*vm.PageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	if _, err := ramfile("vmsim-disk-other"); err != nil {
		t.Skip(err) // the right to mount is missing
	}
	if st.Type != unix.RAMFS_MAGIC {
		t.Errorf("the image is on a file system of type %#x", st.Type)
	}
	if size, err := f.Seek(0, io.SeekEnd); size != 5*vm.PageSize || err != nil {
		t.Errorf("the image has %d bytes, %v", size, err)
	}
}
