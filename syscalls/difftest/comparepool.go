package difftest

import (
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// pooled is a machine that tells what its pool of huge pages has; nothing for a program that does not set it.
type pooled interface{ HugePool() (string, error) }

// poolDiffers compares the pools of huge pages.
func (p *Pair) poolDiffers(op *script.Op) ([]Difference, error) {
	k, ok := p.kernel.m.(pooled)
	m, also := p.model.m.(pooled)
	if !ok || !also {
		return nil, nil
	}
	want, err := k.HugePool()
	if err != nil || want == "" {
		return nil, err
	}
	got, err := m.HugePool()
	if err != nil || want == got {
		return nil, err
	}
	d := Difference{Op: op, Kind: run.Results, What: "pool of huge pages"}
	d.Want, d.Got = linesApart(want, got)
	return []Difference{d}, nil
}
