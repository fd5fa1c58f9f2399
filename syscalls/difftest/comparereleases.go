package difftest

import (
	"fmt"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

// Shown is what two releases are compared in: all that the model shows of a process.
const Shown = Observed | Smaps | Pagemap | run.Trace | run.IO

// Between runs a program as two releases of Linux answer it. In the Whole, the older one is in the place of the kernel.
func Between(prog *script.Program, older, newer *profile.Profile, watch func(Line)) (Whole, error) {
	lab := &Lab{Kernel: modelOf(older), Model: modelOf(newer), Kinds: Shown | KPageFlags, ownNames: true}
	return lab.Compare(withoutLayout(prog), ModelAddresses, watch)
}

// NewLabBetween is a laboratory in which the older release is in the place of the kernel. Programs of both start with
// the older one's areas, lest all addresses differ.
func NewLabBetween(older, newer *profile.Profile) *Lab {
	return &Lab{Kernel: modelOf(older), Model: modelOf(newer), Kinds: Observed, Release: older.Release.String(),
		layout: model.LayoutOn(older)}
}

func modelOf(p *profile.Profile) *model.Machine {
	m := model.New()
	m.Profile = p
	return m
}

// withoutLayout is a program that starts with the areas that each release has.
func withoutLayout(prog *script.Program) *script.Program {
	out := *prog
	out.Ops = nil
	for _, op := range prog.Ops {
		if _, ok := op.Do.(*script.Layout); !ok {
			out.Ops = append(out.Ops, op)
		}
	}
	return &out
}

// Reasons are the rules behind each difference of w, by its place in w.Differences: without one of them, or where
// several bring it about, without all of them, the two releases agree there.
func Reasons(prog *script.Program, older, newer *profile.Profile, w Whole) (map[int][]profile.Rule, error) {
	rules := older.Differing(newer)
	reasons := map[int][]profile.Rule{}
	for _, r := range rules {
		left, err := remaining(prog, older, newer.With(r, older.Has(r)))
		if err != nil {
			return nil, err
		}
		for i, d := range w.Differences {
			if !left[placeOf(d)] {
				reasons[i] = append(reasons[i], r)
			}
		}
	}
	for i, d := range w.Differences {
		if len(reasons[i]) > 0 {
			continue
		}
		together, err := needed(prog, older, newer, rules, placeOf(d))
		if err != nil {
			return nil, err
		}
		reasons[i] = together
	}
	return reasons, nil
}

// needed are rules that have to be given up together for a difference to vanish: each that can be kept is kept.
func needed(prog *script.Program, older, newer *profile.Profile, rules []profile.Rule, at string) (out []profile.Rule,
	err error) {
	p := older
	for _, r := range rules {
		next := p.With(r, newer.Has(r))
		left, err := remaining(prog, older, next)
		if err != nil {
			return nil, err
		}
		if left[at] {
			out = append(out, r)
			continue
		}
		p = next
	}
	return out, nil
}

// remaining are the places at which a program still differs.
func remaining(prog *script.Program, older, newer *profile.Profile) (map[string]bool, error) {
	w, err := Between(prog, older, newer, nil)
	places := map[string]bool{}
	for _, d := range w.Differences {
		places[placeOf(d)] = true
	}
	return places, err
}

// placeOf says at which statement a difference is, and in what.
func placeOf(d Judged) string { return fmt.Sprint(d.At, " ", d.What) }

// NewLabOfMutant is a laboratory with the model in the place of the kernel, and a mutant in the place of the model.
// There is a swap area, so that errors of swapping show.
func NewLabOfMutant(m profile.Mutant) *Lab {
	lab := NewLabBetween(profile.Default(), profile.Default().Mutated(m))
	lab.Kinds = Observed | Smaps | Pagemap
	lab.Settings = append(lab.Settings, script.Setting{Name: "swap", Value: "4M"})
	return lab
}
