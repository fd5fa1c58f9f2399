package script

import (
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
		return // nobody else has run since
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
	case syscalls.SysRead, syscalls.SysPread64:
		n := r.res.Value
		if n == 0 || n > maxReadBack {
			return
		}
		r.res.Data = grow(r.res.Data, int(n))
		r.res.HasData = p.caller.Peek(vm.Addr(r.res.Args[1]), r.res.Data) == nil
	case syscalls.SysMincore:
		n := vm.PageAlign(r.res.Args[1]) / vm.PageSize
		if n == 0 || n > maxReadBack {
			return
		}
		r.res.Vec = grow(r.res.Vec, int(n))
		r.res.HasVec = p.caller.Peek(vm.Addr(r.res.Args[2]), r.res.Vec) == nil
	}
}

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// machineKinds are the kinds that only a machine can see. It tells what has happened since it was asked last.
const machineKinds = PTEs | Pages | Trace | IO | Copies

// observe asks the machine for the kinds that only it can see.
func (r *Runner) observe(pid int, looks Kinds) {
	if r.obs == nil || looks&machineKinds == 0 {
		return
	}
	for i, word := range kindNames {
		if k := Kinds(1 << i); looks&k&machineKinds != 0 {
			if lines := r.obs.Observe(word, pid); len(lines) > 0 {
				r.res.Observed = append(r.res.Observed, Observation{k, lines})
			}
		}
	}
}
