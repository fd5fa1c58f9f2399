//go:build linux && amd64

package host

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Setup prepares the files of a program and starts its first process.
func (m *Machine) Setup(c run.Config) (err error) {
	m.thread.do(func() { err = m.setup(c) })
	return err
}

func (m *Machine) setup(c run.Config) error {
	if m.closed {
		return errors.New("host: the machine is closed")
	}
	want, err := settings(c.Settings)
	if err != nil {
		return err
	}
	want.counted = m.counters != nil
	if t := m.trees[want]; t != nil && (t.worn() || m.seen.others.causes[reclaim]) {
		m.abandon(t)
	}
	limit, swap, err := pressureOf(c.Settings)
	if err != nil {
		return err
	}
	owner := ownerOf(c.Settings)
	var spare *puppet
	if limit == 0 {
		spare = m.spare(want, owner)
	}
	if err := m.clear(want, owner); err != nil {
		return err
	}
	if err := errors.Join(m.limit(limit), m.useSwap(swap)); err != nil {
		return err
	}
	m.swapFiles.allow(m.tree, c.Files)
	first, err := m.begin(c, spare)
	if err != nil {
		return err
	}
	m.procs = []*Process{nil, first}
	m.settle()
	if err := m.readyCounters(c.Files); err != nil {
		return err
	}
	return sameLayout(c.Layout, first.Maps())
}

// clear ends what is left of the last program, and makes a tree of files ready for the next one.
func (m *Machine) clear(want layout, owner int) (err error) {
	m.killAll()
	if m.tree, err = m.treeOf(want); err != nil {
		return err
	}
	if err := m.tree.give(owner); err != nil {
		return err
	}
	m.gather()
	m.seen.others.begin()
	m.turns, m.changed = monitorTurns(monitors()), m.othersChanged()
	m.paths.outside = ""
	if m.tree.top != "" {
		m.paths.outside = m.tree.dir
	}
	if m.counters != nil {
		_, err = m.scribe()
	}
	return err
}

// begin starts the first process and makes the program's files, within the limits of memory.
func (m *Machine) begin(c run.Config, spare *puppet) (*Process, error) {
	first, err := m.first(spare) // from here on it has no file of the last program, which would take up room
	if err != nil {
		return nil, &startError{err}
	}
	if err := m.furnish(c); err != nil {
		first.p.kill()
		return nil, err
	}
	if m.limiting() {
		if err := m.limits.divide(first.p); err != nil {
			first.p.kill()
			return nil, &startError{err}
		}
	}
	return first, nil
}

// readyCounters has the counters begin where the files are in memory and the last program is not.
func (m *Machine) readyCounters(files []script.FileSpec) error {
	if m.counters == nil {
		return nil
	}
	if err := m.tree.warm(); err != nil {
		return err
	}
	m.settle()
	m.counters.awaitRest(files)
	return nil
}

// furnish gives a program its pool of huge pages, which the last one has left by now, and its files.
func (m *Machine) furnish(c run.Config) error {
	if err := m.fillPool(c.Settings); err != nil {
		return err
	}
	for _, f := range c.Files {
		if err := m.addFile(f); err != nil {
			return err
		}
	}
	return nil
}

// treeOf is the tree of that layout, cleared.
func (m *Machine) treeOf(l layout) (*tree, error) {
	t := m.trees[l]
	if t != nil {
		return t, t.clear()
	}
	t, err := newTree(l)
	if err != nil {
		return nil, err
	}
	m.trees[l] = t
	return t, nil
}

// settings are checked against what this machine is: its memory and its knobs are not ours to change.
func settings(list []script.Setting) (l layout, err error) {
	l = layout{fs: "tmpfs"}
	ram := uint64(syscalls.DefaultRAM)
	for _, s := range list {
		switch s.Name {
		case "fs":
			if l.fs = s.Value; l.fs != "tmpfs" && l.fs != "ext4" {
				err = fmt.Errorf(".machine fs=%s: the real kernel's side has tmpfs and ext4", l.fs)
			}
		case "kernel":
			err = sameKernel(s.Value)
		case "user":
			if os.Geteuid() != 0 && s.Value == "root" {
				err = fmt.Errorf(".machine user=root: this process runs as user %d", os.Geteuid())
			}
		case "read_ahead_kb":
			if s.Value != fmt.Sprint(readAheadKB) {
				err = fmt.Errorf(".machine read_ahead_kb=%s: the device here has %d", s.Value, readAheadKB)
			}
		case "ram":
			ram, err = script.ParseSize(s.Value)
		case "tmpfs_size":
			l.sized = true
			l.tmpfs, err = script.ParseSize(s.Value)
		default:
			err = sameKnob(s)
		}
		if err != nil {
			return l, err
		}
	}
	l.tmpfs = cmp.Or(l.tmpfs, syscalls.TmpfsShare(ram)) &^ vm.PageMask
	return l, nil
}

// sameKernel checks that a program is for this kernel, or for the one whose profile serves for it.
func sameKernel(release string) error {
	p, err := profile.Parse(release)
	if have := Profile(); err == nil && p.Release != have.Release {
		err = fmt.Errorf("this kernel is %s, and the model takes it for %v", Kernel(), have.Release)
	}
	if err != nil {
		return fmt.Errorf(".machine kernel=%s: %w", release, err)
	}
	return nil
}

// nobodyID is the ordinary user as whom root lets programs run, and his group.
const nobodyID = 65534

// ownerOf is the user as whom a program with these settings runs.
func ownerOf(list []script.Setting) int {
	if user, ok := script.ValueOf(list, "user"); ok && user != "root" && os.Geteuid() == 0 {
		return nobodyID
	}
	return os.Geteuid()
}

// sameKnob checks that a setting of .sysctl or thp= is what this kernel has.
func sameKnob(s script.Setting) error {
	at := "/proc/sys/" + strings.ReplaceAll(s.Name, ".", "/")
	switch {
	case s.Name == "thp":
		at = "/sys/kernel/mm/transparent_hugepage/enabled"
	case s.Name == pageCluster:
		return nil // without a swap area it decides nothing, and with one it is set
	case s.Name == poolSize, s.Name == poolExcess:
		_, _, _, err := poolOf([]script.Setting{s})
		return err
	case !strings.Contains(s.Name, "."):
		return nil // ram, swap, disk: what there is of them decides nothing at the levels that are compared here
	}
	text, err := os.ReadFile(at)
	if err != nil {
		return fmt.Errorf("%s=%s: %w", s.Name, s.Value, err)
	}
	have := strings.TrimSpace(string(text))
	if have == s.Value || s.Name == "thp" && strings.Contains(have, "["+s.Value+"]") {
		return nil
	}
	return fmt.Errorf("%s=%s: this kernel has %s, and this tool changes no knob of the machine it runs on", s.Name,
		s.Value, have)
}

// sameLayout checks that the program starts with the areas that a puppet has.
func sameLayout(want *script.Layout, text string) error {
	if want == nil {
		return nil
	}
	if want.Brk != binfmt.StubBreak {
		return fmt.Errorf(".layout brk=%v: a process of the real kernel's side starts with %v", want.Brk,
			binfmt.StubBreak)
	}
	var have, asked []string
	for _, l := range run.MapLines(text) {
		if !strings.HasSuffix(l, "[vsyscall]") {
			have = append(have, l)
		}
	}
	for _, a := range want.Areas {
		if a.Name != "[vsyscall]" {
			asked = append(asked, a.String())
		}
	}
	if slices.Equal(have, asked) {
		return nil
	}
	return fmt.Errorf(".layout: a process of the real kernel's side starts with\n    %s\nand not with\n    %s",
		strings.Join(have, "\n    "), strings.Join(asked, "\n    "))
}
