package script

import "vmsim/syscalls"

// EmptyPool is said of a flag that asks for huge pages where the program has not filled the pool of them.
const EmptyPool = "the machine's pool of huge pages is empty (.sysctl vm.nr_hugepages=N)"

// withoutEffect has the flags that the model reads, checks and keeps as Linux does, and whose purpose it does not
// model. These texts are printed when such a flag is typed.
var withoutEffect = map[string]string{
	"MADV_HUGEPAGE": "huge pages are not modelled: the area keeps the flag, its pages have 4 KiB",
	"MADV_COLLAPSE": "huge pages are not modelled: the pages keep their 4 KiB",
	"MAP_HUGETLB":   EmptyPool,
	"MFD_HUGETLB":   EmptyPool,
	"SHM_HUGETLB":   "the machine's pool of huge pages is empty to shmget",

	"MADV_MERGEABLE": "merging of equal pages (KSM) is not modelled: the area keeps the flag",
	"MADV_DONTDUMP":  "core dumps are not modelled: the area keeps the flag",
}

// WithoutEffect says of a call with these arguments what of it the model does not do; empty where it does all.
func (r *CallSpec) WithoutEffect(args syscalls.Args) string {
	if name := r.OutsideOption(args); name != "" {
		return name + " is outside the model: Linux may answer otherwise"
	}
	for i, p := range r.Params {
		if p.Kind != FlagsParam || p.Set == nil {
			continue
		}
		for _, f := range p.Set.all() {
			if text := withoutEffect[f.name]; text != "" && p.Set.has(args[i], f.bits) {
				return text
			}
		}
	}
	return ""
}

// OutsideOption is the name of an option of prctl, or of a command of fcntl, that Linux has and the model does not;
// empty for others.
func (r *CallSpec) OutsideOption(args syscalls.Args) string {
	at := 0
	switch {
	case r.Name == "prctl" && !syscalls.Option(args[0]).Modelled():
	case r.Name == "fcntl" && !syscalls.FcntlCommand(args[1]).Modelled():
		at = 1
	default:
		return ""
	}
	for _, f := range r.Params[at].Set.all() {
		if f.bits == args[at] {
			return f.name
		}
	}
	return ""
}

// has reports whether a value of the set contains a flag.
func (s *flagSet) has(v, flag uint64) bool {
	if s.enum {
		return v == flag
	}
	return v&flag == flag
}
