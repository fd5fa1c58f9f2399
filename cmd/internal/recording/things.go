package recording

import (
	"fmt"
	"strings"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// key names a thing: its panel, what it is a part of (a process, a file), and its place in there.
type key struct {
	panel byte
	of    uint64
	at    uint64
}

// The panels, in the order in which the page draws them.
const (
	panels = "paefcdskn"

	process = 'p' // of: its number
	area    = 'a' // of: its process, at: its start
	entry   = 'e' // of: its process, at: the address
	frame   = 'f' // at: its number
	cached  = 'c' // of: the inode, at: the page
	extent  = 'd' // of: the inode, at: the first block of the file
	swapped = 's' // at: the place
	copies  = 'k' // at: the kind of movement
	counter = 'n' // at: which
)

// String is the key as the page reads it.
func (k key) String() string { return fmt.Sprintf("%c:%d:%x", k.panel, k.of, k.at) }

// raw is a thing in a few words, cheap to make and to compare; what of it is a text has its place in name.
type raw struct {
	a, b, c, d uint64
	name       string
}

// cells are the parts of a value; the page takes them apart again.
func cells(parts ...any) string {
	text := make([]string, len(parts))
	for i, p := range parts {
		text[i] = fmt.Sprint(p)
	}
	return strings.Join(text, "\t")
}

// machine is the kernel that is looked at.
type machine struct {
	s *session.Session
	k *syscalls.Kernel
}

// The counters that the page shows.
var counters = []struct {
	name string
	look func(k *syscalls.Kernel) uint64
}{
	{"free", func(k *syscalls.Kernel) uint64 { return k.Memory.Free() }},
	{"dirty", func(k *syscalls.Kernel) uint64 { return uint64(k.Cache.Writer.Dirty()) }},
	{"resident", resident},
	{"swap", func(k *syscalls.Kernel) uint64 {
		if k.Swap() == nil {
			return 0
		}
		return k.Swap().Used()
	}},
}

// resident is how many pages the processes show together.
func resident(k *syscalls.Kernel) (pages uint64) {
	k.Processes(func(p *syscalls.Process) { pages += p.Space.Stats.Resident() })
	return pages
}

// movements are the kinds of copies, in the order of the ledger.
var movements = func() (kinds []trace.Kind) {
	trace.EachCopy(func(k trace.Kind, _ string) { kinds = append(kinds, k) })
	return kinds
}()

// movementNames are what the ledger calls them.
var movementNames = map[trace.Kind]string{
	trace.CopyToUser: "to user", trace.CopyFromUser: "from user", trace.CopyKernel: "in kernel",
	trace.CopyCow: "copy-on-write", trace.CopyZero: "zeroed", trace.DMAIn: "DMA in", trace.DMAOut: "DMA out",
}

func processRaw(p *syscalls.Process) raw {
	minor, major := p.Faults()
	return raw{a: uint64(p.Space.Count()), b: p.Space.Stats.Resident(), c: minor, d: major}
}

func (x raw) processText() string { return cells(x.a, x.b, x.c, x.d) }

// areaRaw keeps the flags; the name is that of maps.
func areaRaw(p *syscalls.Process, a *vm.Area) raw {
	x := raw{a: uint64(a.End), b: uint64(a.Flags), name: p.Space.NameOf(a)}
	if f := pagecache.FileOf(a); f != nil {
		x.c, x.d = f.Mapping.Number, uint64(a.Index)
	}
	return x
}

// areaText is: end, pages, permissions, name, inode (0 for none), first page of the file.
func (x raw) areaText(at uint64) string {
	return cells(fmt.Sprintf("%x", x.a), (x.a-at)/vm.PageSize, vm.Flags(x.b).Permissions(), x.name, x.c, x.d)
}

// entryText is: flags, what it shows (frame, zeros, swap, nothing), its number.
func (m *machine) entryText(x raw) string {
	switch e := vm.PTE(x.a); {
	case e.Swapped():
		return cells("swapped", "swap", fmt.Sprintf("%x", uint64(e.SwapEntry())))
	case !e.Present():
		return cells(e, "nothing", "")
	case e.PFN() == m.k.Memory.Zero().PFN():
		return cells(e, "zeros", fmt.Sprintf("%x", uint64(e.PFN())))
	default:
		return cells(e, "frame", fmt.Sprintf("%x", uint64(e.PFN())))
	}
}

// frameRaw is a frame in use; a free one is not there.
func (m *machine) frameRaw(f *phys.Frame) raw {
	x := raw{a: uint64(m.k.Proc.PageFlagsOf(f)), b: uint64(f.Maps()), c: f.Index}
	if file, ok := f.Owner.(*pagecache.Mapping); ok {
		x.d, x.name = file.Number, session.ShortName(session.FileName(file))
	} else if f.Owner != nil && !f.Has(phys.Anon) {
		x.name = f.Owner.FrameOwner()
	}
	return x
}

// frameText is: letters, names of the flags, how many entries map it, whose it is, inode, page.
func (x raw) frameText() string {
	flags := procfs.PageFlags(x.a)
	owner := "private"
	switch {
	case x.d != 0:
		owner = fmt.Sprintf("%s:%d", x.name, x.c)
	case x.name != "":
		owner = x.name
	}
	return cells(letters(flags), flags, x.b, owner, x.d, x.c)
}

// letters are the letters of page-types without the places of those that are not set.
func letters(f procfs.PageFlags) string { return strings.ReplaceAll(f.Letters(), "_", "") }

func (m *machine) cachedRaw(file *pagecache.Mapping, f *phys.Frame) raw {
	return raw{a: uint64(f.PFN()), b: uint64(m.k.Proc.PageFlagsOf(f)), c: uint64(f.Maps()),
		name: session.ShortName(session.FileName(file))}
}

// cachedText is: frame, letters, names of the flags, how many entries map it, the file's name.
func (x raw) cachedText() string {
	flags := procfs.PageFlags(x.b)
	return cells(fmt.Sprintf("%x", x.a), letters(flags), flags, x.c, x.name)
}

func extentRaw(name string, e disk.Extent) raw {
	first, last := session.ExtentPages(e)
	return raw{a: first, b: last, c: uint64(e.Place.Block()), d: uint64(e.State), name: name}
}

// extentText is: first page, last page, first block (empty for none), state, the file's name.
func (x raw) extentText() string {
	state, block := "written", fmt.Sprint(x.c)
	switch disk.State(x.d) {
	case disk.Delayed:
		state, block = "delayed", ""
	case disk.Unwritten:
		state = "unwritten"
	}
	return cells(x.a, x.b, block, state, x.name)
}

func swapRaw(count int, f *phys.Frame) raw {
	x := raw{a: uint64(count), c: 1}
	if f != nil {
		x.b = uint64(f.PFN())
	}
	return x
}

// swapText is: how many entries refer to it, its frame in the swap cache (empty for none).
func (x raw) swapText() string {
	if x.b == 0 {
		return cells(x.a, "")
	}
	return cells(x.a, fmt.Sprintf("%x", x.b))
}

// copyText is: bytes, movements, the name.
func (x raw) copyText(at uint64) string { return cells(x.a, x.b, movementNames[movements[at]]) }

// counterText is: the number, the name.
func (x raw) counterText(at uint64) string { return cells(x.a, counters[at].name) }

// text is a thing's value.
func (m *machine) text(k key, x raw) string {
	switch k.panel {
	case process:
		return x.processText()
	case area:
		return x.areaText(k.at)
	case entry:
		return m.entryText(x)
	case frame:
		return x.frameText()
	case cached:
		return x.cachedText()
	case extent:
		return x.extentText()
	case swapped:
		return x.swapText()
	case copies:
		return x.copyText(k.at)
	}
	return x.counterText(k.at)
}
