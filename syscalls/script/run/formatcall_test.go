package run

import (
	"strconv"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// formatCall prints a call with raw argument registers as the recordings do. Trailing optional arguments are left out
// where they say nothing.
func formatCall(nr syscalls.Number, args syscalls.Args) string {
	r, ok := script.SpecOf(nr.String())
	if !ok {
		return formatRaw(nr.String(), args)
	}
	n := given(r, args)
	words := make([]string, n)
	for i := range words {
		words[i] = r.FormatArg(i, args)
	}
	return r.Name + "(" + strings.Join(words, ", ") + ")"
}

func formatRaw(name string, args syscalls.Args) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = "0x" + strconv.FormatUint(a, 16)
	}
	return name + "(" + strings.Join(words, ", ") + ")"
}

// given is how many arguments print: an optional one only where it means something.
func given(r *script.CallSpec, args syscalls.Args) int {
	switch r.Nr {
	case syscalls.SysMremap:
		if args[3]&2 == 0 {
			return 4 // the new address is looked at with MREMAP_FIXED only
		}
	case syscalls.SysOpen, syscalls.SysOpenat:
		if args[r.Least-1]&0o100 == 0 {
			return r.Least
		}
	}
	n := len(r.Params)
	for r.Least < n && args[n-1] == 0 && r.Nr != syscalls.SysMremap {
		n--
	}
	return n
}
