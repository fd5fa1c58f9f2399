//go:build linux && amd64

package host

import "sync"

const swapSetting = "swap"

// changeable are settings that others may change while programs run, and that programs do not change themselves, but
// for a swap area.
var changeable = []setting{
	{name: "transparent huge pages", here: hugePages}, {name: "huge pages of tmpfs", here: hugeShared},
	{name: "huge pages, other sizes", here: otherSizes}, {name: swapSetting, here: swap},
	{name: "KSM", here: sysfs("kernel/mm/ksm/run")}, {name: "vm.legacy_va_layout", here: sysctl("vm/legacy_va_layout")},
	{name: "kernel.numa_balancing", here: sysctl("kernel/numa_balancing")},
	{name: "vm.memfd_noexec", here: sysctl("vm/memfd_noexec")},
	{name: "fault_around_bytes", here: sysfs(faultAround)},
}

// settingsAtFirst are what the settings were before any program ran.
var settingsAtFirst = sync.OnceValue(func() (list []string) {
	for _, s := range changeable {
		list = append(list, s.here())
	}
	return list
})

// othersChanged are the settings that are not what they were at first.
func (m *Machine) othersChanged() (names []string) {
	for i, s := range changeable {
		if (s.name != swapSetting || m.swap == nil) && s.here() != settingsAtFirst()[i] {
			names = append(names, s.name)
		}
	}
	return names
}
