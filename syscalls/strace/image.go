package strace

import (
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// image is the life of one address space from an execve to the next, or from the beginning of the log: what the log
// shows of where things lie in it.
type image struct {
	exe    string
	known  bool   // the log has its execve, so what mmap chooses can be held
	brk    uint64 // the lowest that brk has given
	top    uint64 // the highest end of an area that the kernel has placed
	needs  spans  // what was there before the log had mapped anything
	points spans  // the pages of the addresses among its calls' arguments
}

// maxPoints is how many ranges of such pages are kept.
const maxPoints = 1024

// newImage is the next image of the log.
func (im *importer) newImage(exe string, known bool) *image {
	if im.writing && im.nextImage < len(im.images.offsets) {
		i := im.images.take(im.nextImage)
		im.nextImage++
		return i
	}
	im.tidy()
	i := &image{exe: exe, known: known}
	im.images.add(i)
	im.nextImage = len(im.images.offsets)
	return i
}

// knows notes that the log has said something about r, and what r was before if it had not.
func (s *space) knows(r span, used use) {
	r = span{r.from &^ vm.PageMask, vm.PageAlign(r.to)}
	if r.from >= r.to || r.to > uint64(vm.TaskSize) {
		return
	}
	if used == inUse {
		s.known.missing(r, func(m span) {
			s.image.needs.add(m)
			s.mapped.add(m)
		})
	}
	s.known.add(r)
}

// use says whether a call shows that something was mapped where it goes.
type use uint8

const (
	maybe use = iota // it may have been empty
	inUse            // it was not
)

// note keeps what a call shows of its image. r is what it goes to.
func (im *importer) note(t *task, l *line, args []string, got answer) {
	s := t.space
	if !im.writing && len(s.image.points) < maxPoints {
		for _, a := range args {
			if strings.HasPrefix(a, "0x") {
				if v, ok := script.Number(a); ok && v > vm.PageSize && v < uint64(vm.TaskSize) {
					s.image.points.add(span{v &^ vm.PageMask, v&^vm.PageMask + vm.PageSize})
				}
			}
		}
	}
	if !got.good() {
		return
	}
	switch l.name {
	case "fallocate":
		im.ext4 = im.ext4 || len(args) > 1 && strings.Contains(args[1], "_RANGE")
	case "brk":
		im.noteBrk(t, args, got.value)
	case "mmap":
		im.noteMmap(t, args, got.value)
	case "munmap":
		if r, ok := rangeOf(args); ok {
			s.knows(r, maybe)
			s.mapped.remove(r)
		}
	case "mremap":
		im.noteMremap(t, args, got.value)
	case "mprotect", "pkey_mprotect", "madvise", "mlock", "mlock2", "munlock", "mseal", "msync", "mincore",
		"remap_file_pages":
		if r, ok := rangeOf(args); ok {
			s.knows(r, inUse)
		}
	case "shmget", "shmat", "shmdt":
		im.noteSegment(t, l.name, args, got.value)
	case "read", "write", "pread64", "pwrite64":
		if len(args) > 2 && got.value > 0 {
			s.buffer(args[1], got.value)
		}
	case "prctl":
		if len(args) > 1 && args[0] == "PR_SET_VMA" {
			im.anonNames = true
		}
	default:
		kinds, _ := script.Params(l.name)
		for i, k := range kinds {
			if i < len(args) && filled[k] {
				s.buffer(args[i], structSize)
			}
		}
	}
}

// filled are the kinds of arguments that are addresses of structures.
var filled = map[script.ParamKind]bool{script.AddrParam: true, script.StructParam: true, script.OffsetParam: true,
	script.StatParam: true, script.StatxParam: true, script.CacheStatParam: true,
	script.GiveStackParam: true, script.StackParam: true}

// structSize is enough for each of them.
const structSize = 256

// buffer notes that a call has used n bytes at an address, where the log shows one.
func (s *space) buffer(arg string, n uint64) {
	if from, ok := script.Number(arg); ok && isNumeric(arg) && from >= vm.PageSize {
		s.knows(span{from &^ vm.PageMask, vm.PageAlign(from + min(n, 1<<30))}, inUse)
	}
}

func rangeOf(args []string) (r span, ok bool) {
	if len(args) < 2 {
		return r, false
	}
	from, ok1 := script.Number(args[0])
	n := constant(args[1])
	return span{from &^ vm.PageMask, from + vm.PageAlign(n)}, ok1 && n < 1<<47
}

func (im *importer) noteBrk(t *task, args []string, value uint64) {
	if s := t.space; s.brk != 0 && value != s.brk && len(args) > 0 && constant(args[0]) == 0 {
		im.unseenExec(t)
	}
	s := t.space
	s.brk = value
	i := s.image
	if !im.writing && value != 0 && (i.brk == 0 || value < i.brk) {
		i.brk = value
	}
	// What lies between the lowest break and this one is the heap.
	s.knows(span{vm.PageAlign(i.brk), vm.PageAlign(value)}, maybe)
}

func (im *importer) noteMmap(t *task, args []string, result uint64) {
	if len(args) < 4 || result&vm.PageMask != 0 {
		return // no address that mmap gives
	}
	s, n := t.space, constant(args[1])
	r := span{result, result + vm.PageAlign(n)}
	flags := constant(args[3])
	fixed := flags&(mapFixed|mapFixedNoReplace) != 0
	if !fixed && s.mapped.overlaps(r) {
		s.mapped.present(r, func(x span) {
			im.made(t, "munmap("+hex(x.from)+", "+hex(x.to-x.from)+")", "0", madeUnmap)
		})
	}
	if !im.writing {
		if !fixed && constant(args[0]) == 0 {
			s.image.reaches(r)
		}
		im.noteMachine(args, r, flags)
	}
	s.maps(r)
	if flags&mapAnonymous != 0 || len(args) < 6 || len(s.files) >= maxFileSpans {
		return
	}
	if o := im.fd(t, args[4]); o != nil {
		s.files = append(s.files, fileSpan{r, o.file.path, constant(args[5])})
	}
}

// reaches notes that the kernel has chosen r.
func (i *image) reaches(r span) {
	if r.to > i.top && r.to <= uint64(vm.TaskSize) {
		i.top = r.to
	}
}

// noteMachine notes what a mapping shows of the machine: how much memory it has at least, and whether its file system
// places large mappings where huge pages fit.
func (im *importer) noteMachine(args []string, r span, flags uint64) {
	size := r.to - r.from
	anonymous := flags&mapAnonymous != 0
	if anonymous && flags&mapNoReserve == 0 && constant(args[2])&2 != 0 {
		im.largest = max(im.largest, size)
	}
	if !anonymous && len(args) == 6 && constant(args[0]) == 0 && size >= hugePage {
		if (r.from-constant(args[5]))%hugePage == 0 {
			im.aligned++
		} else {
			im.unaligned++
		}
	}
}

const (
	mapFixed          = 0x10
	mapAnonymous      = 0x20
	mapNoReserve      = 0x4000
	mapFixedNoReplace = 0x100000
	hugePage          = 2 << 20
)

func (im *importer) noteMremap(t *task, args []string, result uint64) {
	if len(args) < 3 || result&vm.PageMask != 0 {
		return
	}
	s := t.space
	from := constant(args[0])
	old := span{from, from + vm.PageAlign(constant(args[1]))}
	r := span{result, result + vm.PageAlign(constant(args[2]))}
	s.knows(old, inUse)
	if len(args) < 4 || !strings.Contains(args[3], "DONTUNMAP") {
		s.mapped.remove(old)
	}
	s.maps(r)
}

// maps notes that the program has mapped r.
func (s *space) maps(r span) {
	s.knows(r, maybe)
	s.mapped.add(r)
}

// among is the least and the greatest of the image's addresses from from up to to; ok is false where it has none there.
func (i *image) among(from, to uint64) (r span, ok bool) {
	take := func(a, b uint64) {
		if !ok {
			r = span{a, b}
		}
		r.from, r.to, ok = min(r.from, a), max(r.to, b), true
	}
	i.points.present(span{from, to}, func(x span) { take(x.from, x.to) })
	i.needs.present(span{from, to}, func(x span) { take(x.from, x.to) })
	return r, ok
}

// firstNeed is the first range in from..to that was there before the log had mapped anything.
func (i *image) firstNeed(from, to uint64) (r span, ok bool) {
	k := slices.IndexFunc(i.needs, func(x span) bool { return x.from >= from && x.from < to })
	if k < 0 {
		return r, false
	}
	return i.needs[k], true
}
