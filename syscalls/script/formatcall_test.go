package script

import (
	"strings"

	"vmsim/syscalls"
)

// formatCall prints a call with raw argument registers as the recordings do. Trailing optional arguments are left out
// where they say nothing.
func formatCall(nr syscalls.Number, args syscalls.Args) string {
	r, ok := rowOf(nr.String())
	if !ok {
		return formatRaw(nr.String(), args)
	}
	n := r.given(args)
	words := make([]string, n)
	for i := range words {
		words[i] = r.format(i, args)
	}
	return r.name + "(" + strings.Join(words, ", ") + ")"
}

func formatRaw(name string, args syscalls.Args) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = "0x" + formatUint(a, 16)
	}
	return name + "(" + strings.Join(words, ", ") + ")"
}

// given is how many arguments print: an optional one only where it means something.
func (r *row) given(args syscalls.Args) int {
	switch r.nr {
	case syscalls.SysMremap:
		if args[3]&2 == 0 {
			return 4 // the new address is looked at with MREMAP_FIXED only
		}
	case syscalls.SysOpen, syscalls.SysOpenat:
		if args[r.least-1]&0o100 == 0 {
			return r.least
		}
	}
	n := len(r.params)
	for r.least < n && args[n-1] == 0 && r.nr != syscalls.SysMremap {
		n--
	}
	return n
}
