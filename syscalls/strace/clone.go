package strace

import (
	"cmp"
	"slices"
	"strings"
)

// The flags of clone that matter here.
const (
	cloneVM     = 0x100
	cloneFS     = 0x200
	cloneFiles  = 0x400
	cloneVfork  = 0x4000
	cloneThread = 0x10000
)

// vforkFlags are what vfork does.
const vforkFlags = "CLONE_VM|CLONE_VFORK|SIGCHLD"

// modelledClone are the flags that the model has; the others say nothing about memory.
var modelledClone = []string{"CLONE_VM", "CLONE_FS", "CLONE_FILES", "CLONE_SIGHAND", "CLONE_VFORK", "CLONE_THREAD",
	"CLONE_SYSVSEM", "CLONE_SETTLS", "CLONE_PARENT_SETTID", "CLONE_CHILD_CLEARTID", "CLONE_CHILD_SETTID", "SIGCHLD"}

// modelled reports whether the model has all the flags.
func modelled(flags string) bool {
	for w := range strings.SplitSeq(flags, "|") {
		if !slices.Contains(modelledClone, w) {
			return false
		}
	}
	return true
}

// cloneBits are the flags as a number, less what the language has no name for.
func cloneBits(flags string) uint64 {
	bits := uint64(0)
	for w := range strings.SplitSeq(flags, "|") {
		bits |= constant(w)
	}
	return bits
}

// forkText is a fork as the language has it: clone3 as the clone that does the same. The child's stack is the harness's
// affair, and thread storage is no memory of ours. args are the log's: they may say where the child's number is stored.
// Where they do not, it is not stored.
func forkText(flags, args string) string {
	parent, child := tidAddress(args, "parent_tid=0x"), tidAddress(args, "child_tid=0x")
	if child == "" {
		child = tidAddress(args, "child_tidptr=0x")
	}
	var words []string
	for w := range strings.SplitSeq(flags, "|") {
		switch {
		case w == "CLONE_PARENT_SETTID" && parent == "", strings.HasPrefix(w, "CLONE_CHILD_") && child == "":
		case slices.Contains(modelledClone, w), w != "" && isDigit(w[0]):
			words = append(words, w)
		}
	}
	switch {
	case len(words) == 0:
		return "fork()"
	case flags == vforkFlags:
		return "vfork()"
	case parent+child == "":
		return "clone(" + strings.Join(words, "|") + ")"
	}
	return "clone(" + strings.Join(words, "|") + ", NULL, " + cmp.Or(parent, "NULL") + ", " + cmp.Or(child, "NULL") +
		", NULL)"
}

// tidAddress is the address that a log gives a child's number by that name; empty where it has none.
func tidAddress(args, name string) string {
	_, digits, ok := strings.Cut(args, name)
	end := strings.IndexFunc(digits, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if end < 0 {
		end = len(digits)
	}
	if !ok || end == 0 || end > 16 {
		return ""
	}
	return "0x" + digits[:end]
}
