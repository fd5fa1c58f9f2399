//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// resident are the lines of smaps that are compared. The others depend on who else maps the same pages, and on what the
// kernel still has on its way to the lists of the old and the young.
var resident = []string{"Size:", "Rss:", "Anonymous:", "Swap:", "Locked:"}

// area is an area of smaps: its line of maps, and the lines that are compared.
type area struct {
	line   string
	fields []string
	huge   bool // entries of 2 MiB are among its own
}

// areasOf are the areas of a text of smaps.
func areasOf(smaps string) (out []area) {
	for line := range strings.Lines(smaps) {
		line = strings.TrimSuffix(line, "\n")
		name, _, _ := strings.Cut(line, " ")
		switch {
		case slices.Contains(resident, name) && len(out) > 0:
			last := &out[len(out)-1]
			last.fields = append(last.fields, strings.Join(strings.Fields(line), " "))
		case name == "VmFlags:" && len(out) > 0 && strings.Contains(line+" ", " lo "):
			last := &out[len(out)-1]
			last.fields = append(last.fields, "locked")
		case strings.HasSuffix(name, "PmdMapped:") && len(out) > 0:
			last := &out[len(out)-1]
			last.huge = last.huge || !strings.HasSuffix(line, " 0 kB")
		case !strings.HasSuffix(name, ":"):
			out = append(out, area{line: run.MapLines(line + "\n")[0]})
		}
	}
	for i := range out {
		if strings.HasPrefix(pathOf(out[i].line), "/") {
			out[i].fields = slices.DeleteFunc(out[i].fields, sharedLocked)
		}
	}
	return out
}

// sharedLocked reports whether a line of smaps says how much is locked: of a page that others map too, a part counts,
// and who maps a file besides the program the shadow does not know.
func sharedLocked(field string) bool { return strings.HasPrefix(field, "Locked:") }

// compareResidency holds the resident pages of each area against the kernel's, at the end of a process.
func (w *witness) compareResidency(x *tracee) error {
	m := w.model(x)
	if x.ring == nil || m == nil {
		return nil // without faults the model has no pages
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", x.tid))
	if err != nil {
		return nil // killed meanwhile
	}
	smaps, err := m.ProcFile("smaps")
	if err != nil {
		return err
	}
	model := map[string]area{}
	for _, a := range areasOf(smaps) {
		model[a.line] = a
	}
	for _, k := range areasOf(string(text)) {
		g, ok := model[k.line]
		if !ok {
			continue // the comparison of areas has told
		}
		w.report.Resident++
		if !slices.Equal(k.fields, g.fields) {
			w.differs("resident pages", fmt.Sprintf("[%d] at its end: %s", x.number, k.line),
				strings.Join(k.fields, ", "), strings.Join(g.fields, ", "), w.whyResident(x, k))
		}
	}
	return nil
}

// whyResident explains why an area has other pages in the model; it is empty where nothing explains it.
func (w *witness) whyResident(x *tracee, a area) string {
	switch {
	case a.huge:
		return hugeFolio
	case deviceFile(pathOf(a.line)):
		return ofDevice
	case w.hugePages(x):
		return hugePages
	case x.proc.handles(span(a.line)):
		return ownFaults
	case w.reaped:
		return earlyEnd
	case w.report.Lost > 0:
		return lostRecords
	case x.proc.dumped:
		return coreDump
	case x.proc.racedWithin(a.line) && pathOf(a.line) == "":
		return bornMeanwhile
	}
	if why := w.passedOver(x, a.line); why != "" || !w.partial[pathOf(a.line)] {
		return why
	}
	return partlyCached
}

// racedWithin reports whether another thread of the parent took a fault in an area in the call that made the process.
func (p *process) racedWithin(line string) bool {
	from, to := span(line)
	for page := range p.raced {
		if at := uint64(page) << vm.PageShift; from <= at && at < to {
			return true
		}
	}
	return false
}

// The explanations of differences.
const (
	hugePages     = "the program gets huge pages, which the model does not have"
	hugeFolio     = "the file lies in folios of 2 MiB, which the kernel maps as one"
	lostRecords   = "the kernel had no room for all records of faults"
	partlyCached  = "how the file lies in memory is not known, and the model takes it to be there page by page"
	writtenBack   = "the kernel writes dirty pages of files back when it sees fit, and write-protects them for it"
	ofDevice      = "the area shows a device, which the model does not have"
	otherName     = "the file has got a name that the model could not give it"
	stillRead     = "the disk was still reading the page when a fault before mapped the pages around it"
	unseenStores  = "MADV_PAGEOUT frees clean pages, and a store to a mapped page takes no fault that shows it"
	otherBlocks   = "the file system's blocks are larger than the model's of 1 KiB, and a hole begins at a block"
	ownFaults     = "the program handles faults itself by a userfaultfd, which the shadow does not follow"
	low2GiB       = "the kernel begins to look for room at a place of chance, for MAP_32BIT"
	unseenClone   = "a clone that fails, or whose child cannot be traced, may copy the space, which write-protects it"
	earlyEnd      = "process_mrelease frees pages of a process that is killed, before it ends"
	lockedFolio   = "a fault that maps pages around passed over a folio on which another thread took a fault then"
	walkedFolio   = "a fault that maps pages around passed over a folio while a thread of the kernel went over pages"
	passedFolio   = "a fault went over the page, which was in memory, and did not map it: who locked it is not known"
	changedCache  = "others have read or freed pages of the file near it since it was first seen"
	unseenLock    = "a fault that maps pages around passes over locked folios, and this kernel does not show locks"
	coreDump      = "the kernel has read the pages to dump them, when a signal had ended the program"
	noRoom        = "the file system has no room for the page, and the model's is larger"
	fewerRights   = "the kernel refused the call for want of rights that the program has given up"
	bornMeanwhile = "another thread took faults in the call that made the process, before the copy or after it"
	twoAtOnce     = "two threads have taken a fault on the page at the same time"
)

// hugePages reports whether memory of a tracee's may be in huge pages.
func (w *witness) hugePages(x *tracee) bool { return x.proc.huge || w.always }

// alwaysHuge reports whether the kernel gives huge pages to programs that do not ask for them.
func alwaysHuge() bool {
	text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	return err == nil && strings.Contains(string(text), "[always]")
}

// deviceFile reports whether a path is that of a device.
func deviceFile(path string) bool {
	return strings.HasPrefix(path, "/dev/") && !strings.HasPrefix(path, "/dev/shm/") ||
		strings.HasPrefix(path, "anon_inode:")
}

// whyMaps explains why areas differ; it is empty where something is not explained.
func (w *witness) whyMaps(x *tracee, lines []string) string {
	why := ""
	for _, l := range lines {
		switch path := pathOf(l); {
		case w.changed[path]:
			why = otherName
		case deviceFile(path) && path != "/dev/zero":
			why = ofDevice
		case x.proc.handles(span(l)):
			why = ownFaults // an area of which it handles a part is apart from the rest
		default:
			return ""
		}
	}
	return why
}

// pathOf is the file of a line of maps without device and inode.
func pathOf(line string) string {
	f := strings.SplitN(line, " ", 4)
	if len(f) < 4 {
		return ""
	}
	return strings.TrimSuffix(f[3], " (deleted)")
}
