package run

import (
	"encoding/binary"
	"strconv"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// member is a number in a structure.
type member struct {
	name     string
	off, len int
	mode     bool // a file's type and permissions
}

// outStruct is a structure that a call fills, as far as it is looked at: what depends on the machine (device, inode,
// times, owner) is left out.
type outStruct struct {
	size    uint64
	members []member
}

// outStructs are the structures by the kind of the argument that points to them, with Linux's layout on x86-64.
var outStructs = map[script.ParamKind]outStruct{
	script.FDsParam: {8, []member{{"", 0, 4, false}, {"", 4, 4, false}}},
	script.StatParam: {144, []member{{"st_mode", 24, 4, true}, {"st_nlink", 16, 8, false}, {"st_blksize", 56, 8, false},
		{"st_blocks", 64, 8, false},
		{"st_size", 48, 8, false}}},
	script.StatxParam: {256, []member{{"stx_blksize", 4, 4, false}, {"stx_nlink", 0x10, 4, false},
		{"stx_mode", 0x1c, 2, true}, {"stx_size", 0x28, 8, false},
		{"stx_blocks", 0x30, 8, false}}},
	script.CacheStatParam: {40, []member{{"nr_cache", 0, 8, false}, {"nr_dirty", 8, 8, false},
		{"nr_writeback", 16, 8, false}, {"nr_evicted", 24, 8, false},
		{"nr_recently_evicted", 32, 8, false}}},
	script.StackParam: {24, []member{{"ss_sp", 0, 8, false}, {"ss_flags", 8, 4, false}, {"ss_size", 16, 8, false}}},
	script.SigInfoParam: {28, []member{{"si_signo", 0, 4, false}, {"si_code", 8, 4, false}, {"si_pid", 16, 4, false},
		{"si_status", 24, 4, false}}},
}

// partStructs are structures that a call reads, and of which it stores the last members.
var partStructs = map[script.ParamKind]outStruct{
	script.UserfaultAPIParam: {24, []member{{"features", 8, 8, false}, {"ioctls", 16, 8, false}}},
	script.RegisterParam:     {32, []member{{"ioctls", 24, 8, false}}},
	script.RangeParam:        {16, nil},
	script.GiveCopyParam:     {40, []member{{"copy", 32, 8, false}}},
	script.GiveMovedParam:    {40, []member{{"move", 32, 8, false}}},
	script.GiveZerosParam:    {32, []member{{"zeropage", 24, 8, false}}},
	script.WriteProtectParam: {24, nil},
	script.GiveCachedParam:   {32, []member{{"mapped", 24, 8, false}}},
	script.GiveStackParam:    {24, nil},
	script.GivePoisonParam:   {32, []member{{"updated", 24, 8, false}}},
}

// offsets is what an argument of kindOffset points to.
var offsets = outStruct{8, []member{{"", 0, 8, false}}}

// ints is what an argument that points to an int points to.
var ints = outStruct{4, []member{{"", 0, 4, false}}}

// readFilled looks at the structures and offsets that a call has stored. One that failed has stored nothing that
// counts.
func (r *Runner) readFilled(s *step, p *proc) {
	if r.res.Errno != 0 || r.storesNothing() {
		return
	}
	for i, q := range s.row.Params {
		o, ok := filledStruct(q.Kind)
		var buf [256]byte
		if a := r.res.Args[i]; !ok || a == 0 || p.caller.Peek(vm.Addr(a), buf[:o.size]) != nil {
			continue
		}
		for _, m := range o.ofInterest(buf[:]) {
			r.res.Filled = append(r.res.Filled, Filled{i, m.name, m.value(buf[:])})
		}
	}
}

// filledStruct is what a call stores at a parameter of that kind; ok is false for none.
func filledStruct(k script.ParamKind) (o outStruct, ok bool) {
	switch k {
	case script.OffsetParam:
		return offsets, true
	case script.IntPointerParam:
		return ints, true
	}
	if part, is := partStructs[k]; is {
		return part, true
	}
	o, ok = outStructs[k]
	return o, ok
}

// storesNothing reports whether a call has succeeded and has not come to what its arguments point to. To look there
// would make a stack grow, as a debugger's access does.
// Linux: sys_splice (fs/splice.c), sys_wait4 (kernel/exit.c).
func (r *Runner) storesNothing() bool {
	switch r.res.Nr {
	case syscalls.SysSplice:
		const length = 4
		return r.res.Args[length] == 0
	case syscalls.SysWait4:
		return r.res.Value == 0
	}
	return false
}

// ofInterest are the members worth looking at: of a directory's status the mode alone, since the rest is the file
// system's own business.
func (o outStruct) ofInterest(b []byte) []member {
	for i, m := range o.members {
		if m.mode && m.value(b)&script.ModeFlags.Mask == 0o040000 {
			return o.members[i : i+1]
		}
	}
	return o.members
}

func (m member) value(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b[m.off:m.off+m.len])
	return binary.LittleEndian.Uint64(word[:])
}

// filledIn is argument arg as the call has left it; empty where it has left nothing.
func (r *Runner) filledIn(arg int) string {
	if partStructs[r.cur.row.KindOf(arg)].size != 0 {
		return r.partText(arg)
	}
	var parts []string
	for _, f := range r.res.Filled {
		if f.Arg == arg {
			parts = append(parts, f.String())
		}
	}
	switch {
	case len(parts) == 0:
		return ""
	case r.cur.row.KindOf(arg) == script.OffsetParam:
		return r.offsetText(arg, parts[0])
	case r.cur.row.KindOf(arg) == script.FDsParam, r.cur.row.KindOf(arg) == script.IntPointerParam:
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// offsetText is an offset before and after the call.
func (r *Runner) offsetText(arg int, after string) string {
	for _, m := range r.cur.made {
		if c, ok := m.expr.(script.Composite); ok && m.arg == arg && len(c.Items) == 1 {
			return "[" + c.Items[0].X.String() + "] => [" + after + "]"
		}
	}
	return ""
}

// partText is a structure with the members that the call has stored: features that it had before follow an arrow.
func (r *Runner) partText(arg int) string {
	c, ok := r.typed(arg)
	if !ok {
		return ""
	}
	text, arrow := r.partFields(arg, c.Items), ", "
	if r.stored(arg, "features") {
		arrow = " => "
	}
	for _, f := range r.res.Filled {
		if f.Arg == arg {
			text += arrow + f.Name + "=" + script.FormatUserfault(f.Name, f.Value)
			arrow = ", "
		}
	}
	return "{" + text + "}"
}

// typed is the structure that argument arg has in the program's text.
func (r *Runner) typed(arg int) (c script.Composite, ok bool) {
	for _, m := range r.cur.made {
		if m.arg == arg {
			c, ok = m.expr.(script.Composite)
		}
	}
	return c, ok
}

// partFields are the members that the call has read, as numbers and names.
func (r *Runner) partFields(arg int, items []script.Field) string {
	var parts []string
	for _, f := range items {
		if f.Name != "features" && r.stored(arg, f.Name) {
			continue
		}
		text := f.X.String()
		if c, nested := f.X.(script.Composite); nested {
			text = "{" + r.partFields(arg, c.Items) + "}"
		} else if v, err := r.word(f.X); err == nil {
			text = script.FormatMember(r.cur.row.KindOf(arg), f.Name, v)
		}
		if f.Name != "" {
			text = f.Name + "=" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// stored reports whether the call has stored a member of that name.
func (r *Runner) stored(arg int, name string) bool {
	for _, f := range r.res.Filled {
		if f.Arg == arg && f.Name == name {
			return true
		}
	}
	return false
}

// String is the number as strace prints it.
func (f Filled) String() string {
	text := script.FormatStack(f.Name, f.Value)
	if strings.HasSuffix(f.Name, "_mode") {
		text = script.ModeFlags.Format(f.Value &^ 0o7777)
		text += "|0" + strconv.FormatUint(f.Value&0o7777, 8)
	}
	if f.Name == "" {
		return text
	}
	return f.Name + "=" + text
}

// filled holds what a call has stored against what the program says of it.
func (h *holder) filled() {
	if h.only&Results == 0 || h.r.res.Errno != 0 || h.r.res.Taken {
		return
	}
	for _, m := range h.s.made {
		c, ok := h.after(m)
		if !ok {
			continue
		}
		for i, f := range c.Items {
			if part := partStructs[h.s.row.KindOf(m.arg)]; part.size == 0 || part.stores(f.Name, c) {
				h.member(m.arg, i, f)
			}
		}
	}
}

// after is what the program says that a call has stored; ok is false where it says nothing.
func (h *holder) after(m made) (c script.Composite, ok bool) {
	if c, ok = m.expr.(script.Composite); !ok {
		return c, false
	}
	if h.s.row.KindOf(m.arg) == script.OffsetParam {
		if c.After == nil {
			return c, false
		}
		c = *c.After
	}
	if len(c.Then) > 0 {
		c.Items = c.Then
	}
	return c, true
}

// stores reports whether a member of that name is the call's answer. The features of UFFDIO_API are so only after an
// arrow.
func (o outStruct) stores(name string, c script.Composite) bool {
	for _, m := range o.members {
		if m.name == name {
			return name != "features" || len(c.Then) > 0
		}
	}
	return false
}

// member holds one element of a structure: by its name, or by its place where it has none.
func (h *holder) member(arg, place int, f script.Field) {
	for _, got := range h.r.res.Filled {
		if got.Arg != arg {
			continue
		}
		if f.Name == "" && place == 0 || f.Name != "" && f.Name == got.Name {
			want, err := h.r.word(f.X)
			if err == nil && want != got.Value {
				h.add(Results, "stored", Filled{arg, f.Name, want}.String(), got.String())
			}
			return
		}
		place--
	}
}

// gathered are the bytes that a call has read into several buffers.
func (r *Runner) gathered(p *proc) (data []byte, ok bool) {
	n := r.res.Value
	for i := uint64(0); n > 0 && i < r.res.Args[2] && i < 1024; i++ {
		var b [16]byte
		at := vm.Addr(r.res.Args[1] + 16*i)
		if p.caller.Peek(at, b[:]) != nil || p.undetermined(nil, 0, at, len(b)) != nil {
			return nil, false
		}
		part := make([]byte, min(n, binary.LittleEndian.Uint64(b[8:])))
		if p.caller.Peek(vm.Addr(binary.LittleEndian.Uint64(b[:])), part) != nil {
			return nil, false
		}
		r.res.Gaps = p.undetermined(r.res.Gaps, len(data), vm.Addr(binary.LittleEndian.Uint64(b[:])), len(part))
		data = append(data, part...)
		n -= uint64(len(part))
	}
	return data, n == 0
}
