package run

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
	"vmsim/vm"
)

// mapsBefore makes sure that p.maps is what the process has now.
func (r *Runner) mapsBefore(p *proc) {
	if p.inherited {
		p.inherited, p.version = false, ^uint64(0)
		return
	}
	if p.versed != nil {
		v := p.versed.MapsVersion()
		if p.maps != nil && p.version == v {
			return
		}
		p.version = v
	} else if p.maps != nil && r.lastPID == p.pid {
		return // no other process has run since
	}
	p.text = p.caller.Maps()
	p.maps = normalMaps(p.text)
}

// mapsAfter puts what changed into the result.
func (r *Runner) mapsAfter(p *proc) {
	if p.versed != nil {
		v := p.versed.MapsVersion()
		if p.version == v {
			return
		}
		p.version = v
	}
	text := p.caller.Maps()
	if text == p.text {
		return
	}
	now := normalMaps(text)
	r.res.Maps = diffMaps(r.res.Maps, p.maps, now)
	p.text, p.maps = text, now
}

// maxReadBack is how many bytes of a call's buffer are looked at; a larger read shows no data.
const maxReadBack = 16 << 20

// readBack looks at what a call has left in memory: the bytes that it read, or mincore's vector.
func (r *Runner) readBack(s *step, p *proc) {
	if s.kind != stepCall && s.kind != stepMade || r.res.Errno != 0 || r.res.Taken {
		return
	}
	switch s.nr {
	case syscalls.SysGetcwd:
		r.readBackAt(p, r.res.Args[0])
	case syscalls.SysRead, syscalls.SysPread64, syscalls.SysRecvfrom, syscalls.SysReadlink:
		r.readBackAt(p, r.res.Args[1])
	case syscalls.SysReadlinkat:
		r.readBackAt(p, r.res.Args[2])
	case syscalls.SysReadv, syscalls.SysPreadv, syscalls.SysPreadv2:
		if n := r.res.Value; n > 0 && n <= maxReadBack {
			r.res.Data, r.res.HasData = r.gathered(p)
		}
	case syscalls.SysMincore:
		r.readVector(p)
	}
}

// readVector reads what mincore has written.
func (r *Runner) readVector(p *proc) {
	n := vm.PageAlign(r.res.Args[1]) / vm.PageSize
	if n == 0 || n > maxReadBack {
		return
	}
	r.res.Vec = grow(r.res.Vec, int(n))
	r.res.HasVec = p.caller.Peek(vm.Addr(r.res.Args[2]), r.res.Vec) == nil
}

// readBackAt looks at as many bytes of a buffer as the call says that it has stored.
func (r *Runner) readBackAt(p *proc, buf uint64) {
	n := r.res.Value
	if n == 0 || n > maxReadBack {
		return
	}
	r.res.Data = grow(r.res.Data, int(n))
	r.res.HasData = p.caller.Peek(vm.Addr(buf), r.res.Data) == nil
	r.res.Gaps = p.undetermined(r.res.Gaps, 0, vm.Addr(buf), int(n))
}

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// MachineKinds are the kinds that only a machine can see. It tells what has happened since it was asked last.
const MachineKinds = PTEs | Pages | Trace | IO | Copies

// observe puts what only the machine can see into the result. A statement of several accesses has been asked after
// each; what they have shown is put together.
func (r *Runner) observe(pid int, looks Kinds) {
	last := r.observations(pid, looks)
	for i := range r.res.Elems {
		r.res.Observed = mergeObserved(r.res.Observed, r.res.Elems[i].Observed)
	}
	r.res.Observed = mergeObserved(r.res.Observed, last)
}

// observations asks the machine for the kinds that only it can see.
func (r *Runner) observations(pid int, looks Kinds) (out []Observation) {
	if r.obs == nil || looks&MachineKinds == 0 {
		return nil
	}
	for i, word := range kindNames {
		if k := Kinds(1 << i); looks&k&MachineKinds != 0 {
			if lines := r.obs.Observe(word, pid); len(lines) > 0 {
				out = append(out, Observation{k, lines})
			}
		}
	}
	return out
}

// mergeObserved adds what came later to what was shown first: of a copy the sum, of an entry or a page the last state,
// of events and requests all.
func mergeObserved(first, then []Observation) []Observation {
	for _, o := range then {
		i := slices.IndexFunc(first, func(f Observation) bool { return f.Kind == o.Kind })
		if i < 0 {
			first = append(first, Observation{o.Kind, slices.Clone(o.Lines)})
			continue
		}
		for _, line := range o.Lines {
			first[i].Lines = mergeLine(o.Kind, first[i].Lines, line)
		}
	}
	slices.SortStableFunc(first, func(a, b Observation) int { return cmp.Compare(a.Kind, b.Kind) })
	return first
}

func mergeLine(kind Kinds, lines []string, line string) []string {
	if kind&(Trace|IO) != 0 {
		return append(lines, line)
	}
	subject, _ := splitState(line)
	for i, old := range lines {
		was, state := splitState(old)
		switch {
		case was != subject:
		case kind == Copies:
			a, _ := strconv.ParseUint(state, 10, 64)
			_, more := splitState(line)
			b, _ := strconv.ParseUint(more, 10, 64)
			lines[i] = subject + " " + strconv.FormatUint(a+b, 10)
			return lines
		default:
			lines[i] = line
			return lines
		}
	}
	return append(lines, line)
}

// splitState splits an observation into what it is about and what is said of it: an address and flags, a file with an
// index and flags, a kind of copy and a number.
func splitState(line string) (subject, state string) {
	words := strings.Fields(line)
	n := 1
	if len(words) > 2 && !strings.HasPrefix(line, "0x") {
		n = 2
	}
	return strings.Join(words[:n], " "), strings.Join(words[n:], " ")
}
