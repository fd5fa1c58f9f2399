package exercise

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

// check says what is wrong with exercise.json.
func (x *Exercise) check() error {
	if !slices.Contains(kinds, x.Kind) {
		return fmt.Errorf("the field Kind is %s, not %q", strings.Join(kinds, ", "), x.Kind)
	}
	if _, err := run.ParseKinds(x.Observe); err != nil {
		return fmt.Errorf("the field Observe: %w", err)
	}
	for _, m := range x.Mutants {
		if _, ok := profile.MutantNamed(m); !ok {
			return unknown("Mutants: there is no kernel", m, mutantNames())
		}
	}
	switch {
	case x.Kind == Explore && len(x.Goals) == 0:
		return errors.New(`an explore exercise needs Goals, as [{"Says": "one major fault", "Expect": "majflt == 1"}]`)
	case x.Kind == Find && len(x.Mutants) == 0:
		return errors.New("a find exercise needs Mutants: vmsim mutant list has their names")
	case x.Kind != Build:
		return nil
	}
	return x.checkParts()
}

func (x *Exercise) checkParts() error {
	for _, name := range x.PartNames() {
		if err := x.PartNamed(name).check(); err != nil {
			return err
		}
	}
	return nil
}

// check says what is wrong with a part.
func (p Part) check() error {
	field, _, ok := strings.Cut(p.Plug, ":")
	if !ok {
		return fmt.Errorf("a build exercise needs Plug, as %q, not %q", "CopyOnWrite: student.New()", p.Plug)
	}
	var fields []string
	for f := range reflect.TypeFor[syscalls.Policies]().Fields() {
		fields = append(fields, f.Name)
	}
	if !slices.Contains(fields, field) {
		return unknown("Plug: syscalls.Policies has no field", field, fields)
	}
	if p.Against != "" && policy.New(p.Against) == nil {
		var names []string
		for _, n := range policy.Named {
			names = append(names, n.Name)
		}
		return unknown("Against: there is no replacement policy", p.Against, names)
	}
	return nil
}

// unknown says that there is no such name, and which one may have been meant.
func unknown(what, name string, known []string) error {
	if near := script.Nearest(name, known); near != "" {
		return fmt.Errorf("%s %q; did you mean %s?", what, name, near)
	}
	return fmt.Errorf("%s %q; there are %s", what, name, strings.Join(known, ", "))
}

func mutantNames() (names []string) {
	for _, m := range profile.Mutants() {
		names = append(names, m.String())
	}
	return names
}
