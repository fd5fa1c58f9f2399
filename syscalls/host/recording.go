//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Recorded are the kinds of observation that a recording has.
const Recorded = run.Results | run.Signals | run.Bytes | run.Maps | run.Faults | run.Mincore

// Record runs the program on the machine and gives it back with all that the kernel answered: itself a program, which
// any machine can be tested with.
func (m *Machine) Record(prog *script.Program) (text string, err error) {
	m.thread.do(func() { text, err = m.record(prog) })
	return text, err
}

func (m *Machine) record(prog *script.Program) (string, error) {
	r, err := run.NewRunner(prog, m, run.Options{Show: Recorded})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Recorded on Linux %s x86_64.\n", Kernel())
	m.head(&b, prog)
	for r.Next() {
		b.WriteString(r.Text(run.Style{Show: Recorded, PIDs: true}))
	}
	for _, f := range prog.Files {
		fmt.Fprintf(&b, "-- %s --\n%s", f.Name, f.Data)
	}
	return b.String(), r.Err()
}

// head writes what comes before the first statement: settings, the layout that the process really has, and files.
func (m *Machine) head(b *strings.Builder, prog *script.Program) {
	layout := func() {
		fmt.Fprintf(b, ".layout brk=%v\n", binfmt.StubBreak)
		for _, l := range run.MapLines(m.procs[1].Maps()) {
			b.WriteString("    " + l + "\n")
		}
	}
	if !settles(prog, "kernel") {
		b.WriteString(".machine" + m.saysProfile() + "\n")
	}
	if os.Geteuid() != 0 && !settles(prog, "user") {
		b.WriteString(".machine user=nobody\n") // the answers are those that an ordinary user gets
	}
	var files []string
	for i := range prog.Ops {
		d, ok := prog.Ops[i].Do.(*script.Directive)
		_, isLayout := prog.Ops[i].Do.(*script.Layout)
		switch {
		case prog.Ops[i].Do == nil || isLayout:
		case ok && (d.Name == "machine" || d.Name == "sysctl"):
			b.WriteString(d.String() + "\n")
		case ok && d.Name == "file":
			files = append(files, d.String()+"\n")
		default:
			layout()
			b.WriteString(strings.Join(files, ""))
			return
		}
	}
	layout()
	b.WriteString(strings.Join(files, ""))
}

// saysProfile are the settings of the kernel's profile, the release always: the default one will be another some day.
func (m *Machine) saysProfile() (text string) {
	p := m.Profile()
	text = " kernel=" + p.Release.String()
	for _, s := range p.Config.Settings() {
		text += " " + s.Name + "=" + s.Value
	}
	return text
}

// settles reports whether a program's head says what machine it is for as to a setting.
func settles(prog *script.Program, setting string) bool {
	for _, op := range prog.Ops {
		d, ok := op.Do.(*script.Directive)
		if ok && d.Name == "machine" &&
			slices.ContainsFunc(d.Settings, func(s script.Setting) bool { return s.Name == setting }) {
			return true
		}
	}
	return false
}
