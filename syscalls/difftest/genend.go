package difftest

import (
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Tail is what every program ends with: each process asks which of its pages are there, and the files are read whole,
// unless there is no room for that.
func (g *Generator) Tail() []script.Op {
	var ops []script.Op
	for _, pid := range g.alive {
		g.pid = pid
		for _, s := range g.areas() {
			n := min(s.end-s.start, 1024*vm.PageSize)
			ops = append(ops,
				script.Op{PID: pid, Do: callWith("mincore", num(uint64(s.start)), num(uint64(n)), script.Scratch{})})
		}
	}
	if len(g.alive) > 0 && g.Kind.files() && g.Kind != UnderPressure {
		for fd := range 2 {
			read := callWith("pread64", num(uint64(3+fd)), script.Scratch{}, num(800_000), num(0))
			ops = append(ops, script.Op{PID: g.alive[0], Do: read})
		}
	}
	return ops
}
