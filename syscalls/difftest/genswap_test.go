package difftest

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// Seed 9200014 once had the answer of mincore swapped out; the kernel then freed that page later than the model.
func TestProgramsThatSwapAtTheirLimitWriteNothingButZeros(t *testing.T) {
	zeros := uint64(0)
	for _, seed := range []uint64{9200014, 1, 2, 3, 4} {
		lab := &Lab{Kernel: model.New(), Model: model.New()}
		m := lab.Model.(*model.Machine)
		g := NewGenerator(Recipe{Kind: Swapping, Seed: seed, Len: 300}, lab.Model, lab.Kernel)
		p, rest, err := lab.pair(g.Head())
		if err != nil {
			t.Fatal(err)
		}
		queue := rest
		for {
			op := (*script.Op)(nil)
			if len(queue) > 0 {
				op, queue = &queue[0], queue[1:]
			} else if next, ok := g.Next(); ok {
				op = next
			} else {
				break
			}
			got, err := p.model.do(op)
			if err != nil {
				t.Fatalf("seed %d: %v: %v", seed, op, err)
			}
			g.Learn(got)
			e := &m.Kernel.Cache.Reclaim.Events
			if e.SwappedOut > 0 && !g.roomy {
				t.Fatalf("seed %d: what is not all zeros is written (%d times), first by %v", seed, e.SwappedOut, op)
			}
		}
		if !g.roomy {
			zeros += m.Kernel.Cache.Reclaim.Events.ZerosOut
		}
	}
	if zeros == 0 {
		t.Error("nothing was swapped out")
	}
}
