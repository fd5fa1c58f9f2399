package difftest

import (
	"errors"
	"slices"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// NewLab is the two machines, set up alike, with the model told what kind of machine the kernel runs on.
func NewLab(kernel, model run.Machine, machine ...script.Setting) (*Lab, error) {
	l := &Lab{Kernel: kernel, Model: model, Settings: slices.Clone(machine)}
	if k, ok := kernel.(run.Profiled); ok {
		l.Profile = k.Profile()
		l.Settings = append(l.Settings, l.Profile.Settings()...)
	}
	if k, ok := kernel.(run.Tuned); ok {
		l.knobs = k.Knobs()
	}
	if k, ok := kernel.(crowded); ok {
		if m, ok := model.(*modelMachine); ok {
			m.Others = k.ActiveFilePages()
		}
	}
	return l, l.onThread(func() error {
		return l.probeAll()
	})
}

// probeAll finds out how the kernel is set up, and gives the model the same.
func (l *Lab) probeAll() error {
	for _, probe := range []func() error{l.probe, l.probeCapabilities, l.probeMinAddr, l.probeLimits, l.probeMemory,
		l.probeLayout} {
		if err := probe(); err != nil {
			return err // the others would say the same again
		}
	}
	return nil
}

// crowded is a machine that runs other programs too.
type crowded interface {
	// ActiveFilePages is how many active pages of files they have.
	ActiveFilePages() uint64
}

// modelMachine is the model as a machine.
type modelMachine = model.Machine

// probeLayout notes with what areas programs of the kernel's side start, where that is not what the model lays out by
// itself.
func (l *Lab) probeLayout() error {
	s, err := newSide(script.Program{Ops: l.head(nil)}, l.Kernel, run.Maps)
	if err != nil {
		return err
	}
	have, built := s.layout(), model.LayoutOn(l.Profile)
	if have == nil {
		return errors.New("the kernel's side does not say with what areas a program starts")
	}
	have.Areas = slices.DeleteFunc(have.Areas, func(a script.Area) bool { return a.Name == "[vsyscall]" })
	if have.Brk != built.Brk || !slices.EqualFunc(have.Areas, built.Areas, sameArea) {
		l.layout = have
	}
	return nil
}

// sameArea reports whether two lines are the same but for the name of the heap, which maps makes up.
func sameArea(a, b script.Area) bool {
	for _, name := range []*string{&a.Name, &b.Name} {
		if *name == "[heap]" {
			*name = ""
		}
	}
	return a == b
}

// probe finds out whether the kernel lends processes its frame of zeros: where a load from untouched memory gets a
// frame of its own at once, the store after it takes no fault.
func (l *Lab) probe() error {
	s, err := newSide(script.Program{Ops: l.head(nil)}, l.Kernel, run.Faults)
	if err != nil {
		return err
	}
	const at = 0x10000000
	faults := uint64(0)
	for _, do := range []script.Action{call("mmap", at, 4096, 3, mapPrivate|mapFixed|mapAnonymous, noFD, 0), load(at),
		store(at, 1)} {
		res, err := s.do(&script.Op{PID: 1, Do: do})
		if err != nil {
			return err
		}
		faults = res.Minor
	}
	if faults == 0 {
		l.Settings = append(l.Settings, script.Setting{Name: "zero_page", Value: "off"})
	}
	return nil
}

// head puts what the machine is like before a program's own head.
func (l *Lab) head(ops []script.Op) []script.Op {
	return append(append(directive("machine", l.Settings), directive("sysctl", l.knobs)...), ops...)
}

// directive is a line of settings; none where there are none.
func directive(name string, settings []script.Setting) []script.Op {
	if len(settings) == 0 {
		return nil
	}
	d := &script.Directive{Name: name, Settings: settings}
	for _, s := range settings {
		d.Args = append(d.Args, s.Name+"="+s.Value)
	}
	return []script.Op{{Do: d}}
}

// knob notes what the kernel has a number of /proc/sys at.
func (l *Lab) knob(name, value string) {
	l.knobs = append(l.knobs, script.Setting{Name: name, Value: value})
}
