package model

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vmsim/disk"
	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// applySetting takes one NAME=VALUE of .machine; those with a dot in their name are for turnKnob.
func applySetting(cfg *syscalls.Config, s script.Setting) error {
	c := *cfg.Profile.Configured()
	if ok, err := c.Set(s.Name, s.Value); ok {
		cfg.Profile = cfg.Profile.Reconfigured(c)
		return err
	}
	switch s.Name {
	case "ram", "swap", "disk_size", "tmpfs_size", "memcg", "memcg_high":
		n, err := script.ParseSize(s.Value)
		if err != nil {
			return fmt.Errorf(".machine %s=%s: %w", s.Name, s.Value, err)
		}
		*map[string]*uint64{"ram": &cfg.RAM, "swap": &cfg.Swap, "disk_size": &cfg.DiskSize,
			"memcg": &cfg.MemoryLimit, "memcg_high": &cfg.MemoryHigh, "tmpfs_size": &cfg.TmpfsSize}[s.Name] = n
	case "dac_override", "fsetid", "ipc_lock", "sys_nice", "sys_rawio", "sys_resource":
		setCapability(cfg, s)
	case "kernel":
		p, err := profile.Parse(s.Value)
		if err != nil {
			return fmt.Errorf(".machine kernel=%s: %w", s.Value, err)
		}
		cfg.Profile = p.Reconfigured(c)
	case "limits":
		return setLimits(cfg, s.Value)
	case "user":
		if s.Value != "root" {
			cfg.Without = syscalls.AllCapabilities
		} else if cfg.Without == syscalls.AllCapabilities {
			cfg.Without = 0
		}
	case "reclaim": // usePolicy does it, once the size of memory is known
	case "fs":
		cfg.FS = syscalls.FS(s.Value)
	case "disk":
		p, ok := disk.ProfileNamed(s.Value)
		if !ok {
			return fmt.Errorf(".machine disk=%s: disks are nvme, ssd, hdd", s.Value)
		}
		cfg.Disk = p
	case "read_ahead_kb":
		n, err := strconv.ParseUint(s.Value, 0, 32)
		if err != nil {
			return fmt.Errorf(".machine read_ahead_kb=%s: write a number of KiB", s.Value)
		}
		cfg.ReadAheadKB = &n
	}
	return nil
}

// usePolicy plugs in the replacement policy that .machine reclaim= names, unless one is there.
func (m *Machine) usePolicy(cfg *syscalls.Config, settings []script.Setting) {
	name, _ := script.ValueOf(settings, "reclaim")
	pages := int(cmp.Or(cfg.MemoryHigh, cfg.MemoryLimit, cfg.RAM, syscalls.DefaultRAM) / vm.PageSize)
	switch {
	case name == "" || cfg.Policies.Replacement != nil:
	case name == policy.Optimum:
		cfg.Policies.Replacement = policy.ForesightOf(m.Future)
	default:
		cfg.Policies.Replacement = policy.ForMachine(name, pages)
	}
}

// setCapability takes a capability from root, or gives it to a user.
func setCapability(cfg *syscalls.Config, s script.Setting) {
	c := map[string]syscalls.Capabilities{
		"dac_override": syscalls.CapDACOverride | syscalls.CapDACReadSearch, "fsetid": syscalls.CapFSetID,
		"ipc_lock": syscalls.CapIPCLock, "sys_nice": syscalls.CapNice, "sys_rawio": syscalls.CapRawIO,
		"sys_resource": syscalls.CapResource,
	}[s.Name]
	if cfg.Without &^= c; s.Value == "off" {
		cfg.Without |= c
	}
}

// turnKnob takes one NAME=VALUE of .sysctl.
func (m *Machine) turnKnob(s script.Setting) error {
	if !strings.Contains(s.Name, ".") {
		return nil
	}
	return m.setKnob(s)
}

// setKnob takes one NAME=VALUE of .sysctl; the error says which knob is meant.
func (m *Machine) setKnob(s script.Setting) error {
	err := m.Kernel.SetKnob(s.Name, s.Value)
	var unknown syscalls.UnknownKnob
	if !errors.As(err, &unknown) {
		return err
	}
	near := script.Nearest(s.Name, syscalls.Knobs())
	// A setting is named as sysctl's knob is, without the first part.
	last := func(knob string) bool { return strings.HasSuffix(knob, "."+s.Name) }
	if i := slices.IndexFunc(syscalls.Knobs(), last); i >= 0 {
		near = syscalls.Knobs()[i]
	}
	if near != "" {
		return fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return fmt.Errorf("%w; it has %s", err, strings.Join(syscalls.Knobs(), ", "))
}

// Directive does what a directive between statements says.
func (m *Machine) Directive(d script.Directive) error {
	switch d.Name {
	case "sleep":
		m.Kernel.Sleep(d.Duration)
		return nil
	case "drop_caches":
		m.Kernel.DropCaches(d.Number)
		return nil
	case "sysctl":
		for _, s := range d.Settings {
			if err := m.setKnob(s); err != nil {
				return err
			}
		}
		return nil
	case "power_cut":
		return m.powerCut(d.Args)
	case "fail":
		return m.failDisk(d)
	case "oom_score_adj":
		p, ok := m.Kernel.Process(d.PID)
		if !ok {
			return fmt.Errorf(".oom_score_adj: there is no process %d", d.PID)
		}
		p.AdjustScore(d.Number)
		return nil
	case "machine":
		return errors.New("the machine is already running; .machine comes before the first statement")
	}
	return fmt.Errorf("the model has no .%s", d.Name)
}

// powerCut starts the machine anew with what the disk has, and a process 1 like the first.
func (m *Machine) powerCut(args []string) error {
	survives := func(disk.Block) bool { return false }
	switch {
	case len(args) == 1 && args[0] == "all":
		survives = func(disk.Block) bool { return true }
	case len(args) == 1 && args[0] == "odd":
		survives = func(b disk.Block) bool { return b%2 == 1 }
	case len(args) == 1 && args[0] == "none" || len(args) == 0:
	default:
		return fmt.Errorf(".power_cut takes none, all or odd, not %s: how much survives of what the disk has only in "+
			"its write cache (odd: every second block)", strings.Join(args, " "))
	}
	m.Kernel.PowerCut(survives)
	m.watch = nil
	return m.exec(m.Kernel.Spawn(), m.layout)
}

// failDisk makes the disk fail where .fail says.
func (m *Machine) failDisk(d script.Directive) error {
	if len(d.Args) > 0 && d.Args[0] == "disk" {
		if m.Kernel.LoseDisk() != nil {
			return errors.New(".fail: the machine has no disk; say .machine fs=ext4")
		}
		return nil
	}
	if len(d.Args) < 2 {
		return errors.New(".fail needs what fails, where, and the error")
	}
	op, page := disk.Read, syscalls.AllPages
	if d.Args[0] == "write" {
		op = disk.Write
	}
	for _, s := range d.Settings {
		n, ok := script.Number(s.Value)
		if s.Name != "page" || !ok {
			return fmt.Errorf(".fail knows page=N, not %s=%s", s.Name, s.Value)
		}
		page = vm.PageIndex(n)
	}
	switch err := m.Kernel.FailDisk(d.Args[1], op, page, d.Errno); err {
	case syscall.ENOENT:
		return fmt.Errorf(".fail: no file is called %s", d.Args[1])
	case syscall.EINVAL:
		return fmt.Errorf(".fail: %s is on no disk; say .machine fs=ext4", d.Args[1])
	}
	return nil
}
