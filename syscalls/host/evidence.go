package host

import (
	"slices"
	"strings"
)

// AnyKernel is the environment variable that lets live tests run on a kernel without a profile.
const AnyKernel = "VMSIM_ANY_KERNEL"

// Evidence is one kind of evidence that a machine may give of what its kernel did.
type Evidence struct {
	Name string `json:"name"`
	Have bool   `json:"have"`
	What string `json:"what"`           // what it shows
	More string `json:"more,omitempty"` // where it is missing: why, and what would give it
	// Named says why it is compared only where it is asked for by name; empty for what is compared without that.
	Named string `json:"named,omitempty"`
}

// Missing are the names of the kinds that are not available.
func Missing(list []Evidence) (names []string) {
	for _, e := range list {
		if !e.Have {
			names = append(names, e.Name)
		}
	}
	return names
}

// named are the kinds that are compared only where they are asked for by name, and why.
var named = map[string]string{
	"kpageflags": "on which list of the old and the young a page is depends on what else the processor has done, and " +
		"of a page on a disk the model does not say whether it has buffers",
	"vmstat": "what other processes do meanwhile counts too in those that the kernel keeps for the whole " +
		"machine: a difference has to repeat, which takes further runs",
	"io": "only programs with fs=ext4 ask the disk, and any sync() on this machine makes it write " +
		"too",
}

// OnlyNamed are the kinds that are available, and are compared only on request.
func OnlyNamed(list []Evidence) (names []string) {
	for _, e := range list {
		if e.Have && e.Named != "" {
			names = append(names, e.Name)
		}
	}
	return names
}

// Setting is something about this machine that decides answers, and what the model takes it to be.
type Setting struct {
	Name  string `json:"name"`
	Here  string `json:"here"`
	Model string `json:"model"`
	// InTheWay is a setting that the model does not take on: a difference between kernel and model says nothing of the
	// model.
	InTheWay bool   `json:"in_the_way,omitempty"`
	Fix      string `json:"fix,omitempty"` // what makes it the model's
}

// Differs reports whether the model takes the setting to be something else. "0 or 1" are two values that it can take
// on.
func (s Setting) Differs() bool { return !slices.Contains(strings.Split(s.Model, " or "), s.Here) }
