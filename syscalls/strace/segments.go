package strace

import (
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Segments of System V shared memory have numbers of the machine, which has others in the program than in the log.

// segmentCalls are the calls whose first argument is the number of a segment.
var segmentCalls = words(`
	shmat shmctl`)

// aboutAll reports whether a command of shmctl asks about all the segments of the machine.
func aboutAll(cmd string) bool {
	return strings.Contains(cmd, "_INFO") || strings.Contains(cmd, "SHM_STAT")
}

// mostSegments bounds how many numbers are remembered.
const mostSegments = 1 << 16

// segment makes a statement of a shmget that has succeeded, and learns the number that the program has.
func (im *importer) segment(t *task, args []string, got answer) {
	if !im.emit(t, "shmget("+strings.Join(args, ", ")+")", "?") {
		return
	}
	id, known := im.segments[got.value]
	switch {
	case im.sink.runner != nil:
		id = im.sink.runner.Result().Value
	case !known:
		id = im.lastSegment
	}
	im.lastSegment = max(im.lastSegment, id+1)
	if len(im.segments) < mostSegments {
		im.segments[got.value] = id
	}
}

// segmentOf is the program's number of a segment.
func (im *importer) segmentOf(arg string) string {
	v, ok := script.Number(arg)
	if id, known := im.segments[v]; ok && known {
		return strconv.FormatUint(id, 10)
	}
	return arg
}

// noteSegment notes where a segment is attached, whose size its shmget has said.
func (im *importer) noteSegment(t *task, call string, args []string, result uint64) {
	s := t.space
	switch {
	case call == "shmget" && len(args) > 1:
		if len(im.sizes) < mostSegments {
			im.sizes[result] = vm.PageAlign(constant(args[1]))
		}
	case call == "shmat" && len(args) > 1:
		r := span{result, result + im.sizes[constant(args[0])]}
		if constant(args[1]) == 0 && !im.writing {
			s.image.reaches(r)
		}
		s.maps(r)
		s.attached = append(s.attached, r)
	case call == "shmdt" && len(args) > 0:
		at := constant(args[0])
		s.attached = slices.DeleteFunc(s.attached, func(r span) bool {
			if r.from == at {
				s.mapped.remove(r)
			}
			return r.from == at
		})
	}
}
