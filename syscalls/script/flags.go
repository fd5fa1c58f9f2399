package script

import (
	"sort"
	"strconv"
	"strings"
)

// flagName is one name of a flag set, its bits, and what it asks for: the one place where a flag's name is.
type flagName struct {
	name string
	bits uint64
	says string // a sentence for explain; empty where this project has none
}

// flagSet is how one argument's flags are spelt. A value prints as the name of its field (the part under mask, such as
// MAP_PRIVATE), then the names of its bits from the lowest on, then what is left in hex; as strace does.
type flagSet struct {
	zero      flagName   // what 0 prints as; "0" where it has no name
	Mask      uint64     // the bits that hold one value of field rather than a bit each
	field     []flagName // the values of the field
	bits      []flagName // the bits in the order they print
	fieldLast bool       // field prints after the bits
	enum      bool       // a value is one of field, or a plain number
	also      []flagName // names that are read but never printed
	mode      bool       // what is left is a file's mode, in octal
	shift     string     // the name of hugeShift, where the bits from it on hold a huge page's size
}

// hugeShift is where mmap's and memfd_create's flags hold the logarithm of the wanted page size.
const hugeShift = 26

// Format is the names of v.
func (s *flagSet) Format(v uint64) string {
	if s.enum {
		return s.formatEnum(v)
	}
	var names, last []string
	if name, ok := s.fieldName(v & s.Mask); ok {
		names = append(names, name)
		v &^= s.Mask
	}
	if s.fieldLast {
		names, last = nil, names
	}
	for _, f := range s.bits {
		if v&f.bits == f.bits {
			names = append(names, f.name)
			v &^= f.bits
		}
	}
	return s.finish(append(names, last...), v)
}

func (s *flagSet) finish(names []string, rest uint64) string {
	if len(names) == 0 && rest == 0 {
		if s.zero.name != "" {
			return s.zero.name
		}
		return "0"
	}
	if s.shift != "" && rest != 0 && rest>>hugeShift<<hugeShift == rest && rest>>hugeShift < 64 {
		names, rest = append(names, strconv.FormatUint(rest>>hugeShift, 10)+"<<"+s.shift), 0
	}
	if rest != 0 && rest <= 0o777 && s.mode {
		return strings.Join(append(names, "0"+strconv.FormatUint(rest, 8)), "|")
	}
	if rest != 0 {
		names = append(names, "0x"+strconv.FormatUint(rest, 16))
	}
	return strings.Join(names, "|")
}

func (s *flagSet) fieldName(v uint64) (string, bool) {
	for _, f := range s.field {
		if f.bits == v {
			return f.name, true
		}
	}
	return "", false
}

// formatEnum prints an unknown value as the signed number that the program passed.
func (s *flagSet) formatEnum(v uint64) string {
	if name, ok := s.fieldName(v); ok {
		return name
	}
	if int64(v) >= -4096 && int64(v) < 1<<16 {
		return strconv.FormatInt(int64(v), 10)
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// all is every name of the set.
func (s *flagSet) all() []flagName {
	out := append([]flagName(nil), s.field...)
	out = append(append(out, s.bits...), s.also...)
	if s.zero.name != "" {
		out = append(out, s.zero)
	}
	return out
}

// constants are all names of all sets, and the few that belong to none.
var constants = collectConstants()

func collectConstants() map[string]uint64 {
	m := map[string]uint64{
		"NULL": 0, "PAGE": 4096, "PAGE_SIZE": 4096, "MAP_HUGE_SHIFT": 26, "MAP_FAILED": ^uint64(0),
		"RLIM_INFINITY":   ^uint64(0),
		"RLIM64_INFINITY": ^uint64(0), "K": 1 << 10, "M": 1 << 20, "G": 1 << 30,
		"F_RDLCK": 0, "F_WRLCK": 1, "F_UNLCK": 2,
	}
	for _, s := range flagSets {
		for _, f := range s.all() {
			m[f.name] = f.bits
		}
	}
	return m
}

// FlagNames are the names that one argument of a call may have, sorted; for completion.
func FlagNames(call string, arg int) []string {
	row, ok := SpecOf(call)
	if !ok || arg >= len(row.Params) || row.Params[arg].Set == nil {
		return nil
	}
	var names []string
	for _, f := range row.Params[arg].Set.all() {
		names = append(names, f.name)
	}
	sort.Strings(names)
	return names
}

// FlagText says what a flag asks of a call; it is empty where the tables do not. One name may ask different things of
// two calls.
func FlagText(call, name string) string {
	row, _ := SpecOf(call)
	for _, p := range row.Params {
		if p.Set == nil {
			continue
		}
		for _, f := range p.Set.all() {
			if f.name == name && f.says != "" {
				return f.says
			}
		}
	}
	return flagTexts[name]
}
