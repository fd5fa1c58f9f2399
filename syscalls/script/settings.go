package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vmsim/disk"
	"vmsim/syscalls"
)

// applySetting takes one NAME=VALUE of .machine; those with a dot in their name are for turnKnob.
func applySetting(cfg *syscalls.Config, s Setting) error {
	switch s.Name {
	case "ram", "swap", "disk_size":
		n, err := parseSize(s.Value)
		if err != nil {
			return fmt.Errorf(".machine %s=%s: %w", s.Name, s.Value, err)
		}
		*map[string]*uint64{"ram": &cfg.RAM, "swap": &cfg.Swap, "disk_size": &cfg.DiskSize}[s.Name] = n
	case "sys_resource":
		cfg.NoResource = s.Value == "off"
	case "anon_names":
		cfg.AnonNames = s.Value == "on"
	case "zero_page":
		cfg.NoZeroPage = s.Value == "off"
	case "user":
		cfg.User = s.Value != "root"
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

// turnKnob takes one NAME=VALUE of .sysctl.
func (m *Model) turnKnob(s Setting) error {
	if !strings.Contains(s.Name, ".") {
		return nil
	}
	err := m.Kernel.SetKnob(s.Name, s.Value)
	var unknown syscalls.UnknownKnob
	if !errors.As(err, &unknown) {
		return err
	}
	if near := nearest(s.Name, syscalls.Knobs()); near != "" {
		return fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return fmt.Errorf("%w; it has %s", err, strings.Join(syscalls.Knobs(), ", "))
}

// parseSize reads a number of bytes such as 64M.
func parseSize(text string) (uint64, error) {
	unit := uint64(1)
	if i := strings.IndexAny("KMGT", text[max(0, len(text)-1):]); i >= 0 && text != "" {
		unit = 1 << (10 * (i + 1))
		text = text[:len(text)-1]
	}
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no size: write a number of bytes, or one with K, M, G or T", text)
	}
	if n > 1<<62/unit {
		return 0, fmt.Errorf("%s is more than any machine has", text)
	}
	return n * unit, nil
}

// Directive does what a directive between statements says.
func (m *Model) Directive(d Directive) error {
	switch d.Name {
	case "sleep":
		m.Kernel.Sleep(d.Duration)
		return nil
	case "drop_caches":
		m.Kernel.DropCaches(d.Number)
		return nil
	case "sysctl":
		for _, s := range d.Settings {
			if err := m.turnKnob(s); err != nil {
				return err
			}
		}
		return nil
	case "machine":
		return errors.New("the machine is already running; .machine stands before the first statement")
	}
	return fmt.Errorf("the model has no .%s", d.Name)
}
