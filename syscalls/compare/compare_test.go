package compare

import (
	"os"
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

// observed is the work of a program under docs/examples.
func observed(t *testing.T, name string) *Work {
	t.Helper()
	text, err := os.ReadFile("../../docs/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	prog := scripttest.Parse(t, name, string(text))
	w, err := Observe(prog)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// measured does the work one way in the model.
func measured(t *testing.T, w *Work, way Way) *Costs {
	t.Helper()
	prog, err := w.Program(way)
	if err != nil {
		t.Fatal(err)
	}
	m := model.New()
	c, err := Measure(way, prog, m)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	return c
}

func TestReadCopiesWhatMmapMaps(t *testing.T) {
	for name, bytes := range map[string]uint64{"sequential.vms": 16 << 20, "repeated.vms": 5 * 64 * 4096,
		"several.vms": 3 * 64 * 4096} {
		w := observed(t, name)
		read, mapped := measured(t, w, Read).Total, measured(t, w, Mmap).Total
		if read.Copies["to-user"] != bytes || mapped.Copies["to-user"] != 0 {
			t.Errorf("%s: copied to the user: %d and %d, wanted %d and 0", name, read.Copies["to-user"],
				mapped.Copies["to-user"], bytes)
		}
		if read.Copies["dma-in"] != mapped.Copies["dma-in"] || read.Copies["dma-in"] != uint64(w.File.Size) {
			t.Errorf("%s: the device moved %d and %d bytes of %d", name, read.Copies["dma-in"], mapped.Copies["dma-in"],
				w.File.Size)
		}
		if read.Calls < uint64(len(w.Wants)) || mapped.Calls > 8 {
			t.Errorf("%s: %d and %d calls for %d accesses", name, read.Calls, mapped.Calls, len(w.Wants))
		}
	}
}

func TestMmapReadsAroundWhereReadDoesNot(t *testing.T) {
	w := observed(t, "random.vms")
	read, mapped := measured(t, w, Read).Total, measured(t, w, Mmap).Total
	if read.Copies["dma-in"] != 8*4096 || mapped.Copies["dma-in"] != 8*32*4096 || mapped.Major != 8 {
		t.Errorf("%d and %d bytes, %d major faults", read.Copies["dma-in"], mapped.Copies["dma-in"], mapped.Major)
	}
}

func TestWrittenWorkReachesTheDiskEitherWay(t *testing.T) {
	w := observed(t, "written.vms")
	for _, way := range []Way{Read, Mmap} {
		c := measured(t, w, way)
		if c.Total.Copies["dma-out"] != 64*4096 {
			t.Errorf("%s: %d bytes to the disk", way, c.Total.Copies["dma-out"])
		}
		if names := stepNames(c); names != "open and map, the first access, the other accesses, to the disk, the end" {
			t.Errorf("%s: steps %s", way, names)
		}
	}
	if _, err := w.Program(Sendfile); err == nil {
		t.Error("sendfile writes to a file")
	}
}

func TestSendfileCopiesInTheKernelOnly(t *testing.T) {
	c := measured(t, observed(t, "repeated.vms"), Sendfile).Total
	if c.Copies["to-user"] != 0 || c.Copies["from-user"] != 0 || c.Copies["in-kernel"] != 5*64*4096 {
		t.Errorf("%v", c.Copies)
	}
}

// What is observed is the access, whichever way it was made.
func TestTheSameWorkIsObservedFromReadAndFromMmap(t *testing.T) {
	by := map[string]string{
		"read": "pread64(fd, scratch, 8192, 4096)\npwrite64(fd, \"x\", 1, 0)\n",
		"mmap": "p = mmap(NULL, 16384, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\np[4096:8192]\np[0] = 'x'\n",
		"seek": "lseek(fd, 4096, SEEK_SET)\nread(fd, scratch, 8192)\nlseek(fd, 0, SEEK_SET)\nwrite(fd, \"x\", 1)\n",
	}
	for name, text := range by {
		prog := scripttest.Parse(t, name, ".file /data/a 16384\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n"+text)
		w, err := Observe(prog)
		if err != nil {
			t.Fatal(err)
		}
		if len(w.Wants) != 2 || w.Wants[0] != (Want{1, 4096, 8192, false}) || w.Wants[1] != (Want{1, 0, 1, true}) {
			t.Errorf("%s: %v", name, w.Wants)
		}
	}
}

func TestAProgramWithoutAFileCannotBeCompared(t *testing.T) {
	prog := scripttest.Parse(t, "x", "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0]\n")
	if _, err := Observe(prog); err == nil || !strings.Contains(err.Error(), "nothing to compare") {
		t.Error(err)
	}
}

func TestWaysAreReadWithASuggestion(t *testing.T) {
	if _, err := ParseWay("mmpa"); err == nil || !strings.Contains(err.Error(), "did you mean mmap?") {
		t.Error(err)
	}
}

func stepNames(c *Costs) string {
	var names []string
	for _, s := range c.Steps {
		names = append(names, s.Step)
	}
	return strings.Join(names, ", ")
}

// O_DIRECT copies nothing, and keeps nothing: each round reads the disk again.
func TestDirectReadsTheDiskEveryTimeAndCopiesNothing(t *testing.T) {
	c := measured(t, observed(t, "repeated.vms"), Direct).Total
	if c.Copies["to-user"] != 0 || c.Copies["dma-in"] != 5*64*4096 || c.Requests != 5*64 {
		t.Errorf("%v, %d requests", c.Copies, c.Requests)
	}
}
