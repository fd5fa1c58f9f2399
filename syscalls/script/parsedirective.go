package script

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// directiveWords are the lines that begin with a dot.
var directiveWords = []string{"layout", "exec", "file", "machine", "sysctl", "sleep", "drop_caches", "power_cut",
	"fail", "oom_score_adj", "expect", "invariant"}

// DirectiveNames are the words that may follow a dot at the start of a line.
func DirectiveNames() []string { return slices.Clone(directiveWords) }

// MachineSettings are the names that .machine knows, sorted.
func MachineSettings() []string { return slices.Sorted(maps.Keys(machineWords)) }

// directive reads a line from its dot on.
func (c *cursor) directive() (Action, *Error) {
	c.next()
	name := c.next()
	if name.kind != tokName || !slices.Contains(directiveWords, name.text) {
		e := c.errorAt(name, "unknown directive ."+name.text)
		if near := Nearest(name.text, directiveWords); near != "" {
			e.Near = "." + near
		} else {
			e.Cause = "directives are ." + strings.Join(directiveWords, " .")
		}
		return nil, e
	}
	if name.text == "expect" {
		return c.expect()
	}
	if name.text == "invariant" {
		return c.invariant()
	}
	words, err := c.words()
	if err != nil {
		return nil, err
	}
	if name.text == "layout" {
		return c.layoutHead(words)
	}
	d := &Directive{Name: name.text}
	for _, w := range words {
		d.Args = append(d.Args, w.spelt)
	}
	return d, c.understand(d, words)
}

// word is one word of a directive.
type word struct {
	text  string // without quotes
	spelt string
	from  int
}

// words are what is left of the line, split at spaces; a word in quotes may hold spaces.
func (c *cursor) words() ([]word, *Error) {
	var out []word
	for !c.atEnd() {
		t := *c.next()
		if t.kind == tokBad && !strings.HasPrefix(c.line[t.from:], `"`) && !strings.HasPrefix(c.line[t.from:], `'`) {
			t.text = c.line[t.from:t.to] // 0x-like words and 10ms are no numbers, but good words
		} else if t.kind == tokBad {
			c.i--
			return nil, c.wrong("a word")
		}
		if k := len(out) - 1; k >= 0 && out[k].from+len(out[k].spelt) == int(t.from) {
			out[k].text += t.text
			out[k].spelt += c.line[t.from:t.to]
			continue
		}
		out = append(out, word{t.text, c.line[t.from:t.to], int(t.from)})
	}
	return out, nil
}

// understand fills in what a directive's words mean.
func (c *cursor) understand(d *Directive, words []word) *Error {
	switch d.Name {
	case "file":
		return c.file(d, words)
	case "machine":
		return c.settings(d, words, machineWords)
	case "sysctl":
		return c.settings(d, words, nil)
	case "sleep":
		return c.sleep(d, words)
	case "drop_caches":
		return c.dropCaches(d, words)
	case "fail":
		return c.fail(d, words)
	case "oom_score_adj":
		return c.scoreAdjust(d, words)
	case "exec":
		if len(words) != 1 {
			return c.usage(c.lineEnd(), ".exec needs the path of a program of the machine that this runs on",
				".exec /bin/cat")
		}
	}
	return nil
}

func (c *cursor) usage(at int, what, usage string) *Error {
	return &Error{Col: at + 1, What: what, Type: usage}
}

func (c *cursor) lineEnd() int { return len(strings.TrimRight(c.line, " \t\r")) }

func (c *cursor) file(d *Directive, words []word) *Error {
	const usage = ".file /data/a 32768 cold"
	if len(words) < 2 {
		return c.usage(c.lineEnd(), ".file needs a path and a size", usage)
	}
	if !strings.HasPrefix(words[0].text, "/") {
		return c.usage(words[0].from, "a path begins with /, as /data/a", usage)
	}
	f := &FileSpec{Path: words[0].text}
	size, ok := sizeOf(words[1].text)
	if !ok || int64(size) < 0 {
		return c.usage(words[1].from, "a file's size is a number below 2^63", usage)
	}
	if f.Size = int64(size); f.Size > maxFile || c.parser.fill(f.Size) > maxFile {
		e := c.usage(words[1].from, "the files of a program have at most 1 GiB in all, since .file fills them", usage)
		e.Cause = "a larger one costs nothing where it has holes: make it by openat with O_CREAT, and ftruncate(fd, " +
			"1<<40)"
		return e
	}
	for _, w := range words[2:] {
		if err := c.fileWord(f, w); err != nil {
			return err
		}
	}
	d.File = f
	return nil
}

// sizeOf is what a number or an expression of constants is worth.
func sizeOf(text string) (uint64, bool) {
	if n, ok := Number(text); ok {
		return n, true
	}
	x, err := NewParser("").Expr(text)
	if err != nil {
		return 0, false
	}
	n, err := Eval(x, func(string) (uint64, bool) { return 0, false })
	return n, err == nil
}

// maxFile bounds what a program's files hold in all: each byte of them has to be kept.
const maxFile = 1 << 30

// fill adds to the bytes of the program's files.
func (p *Parser) fill(n int64) int64 {
	p.filled += n
	return p.filled
}

func (c *cursor) fileWord(f *FileSpec, w word) *Error {
	fill, isFill := strings.CutPrefix(w.text, "fill=")
	folios, isFolios := strings.CutPrefix(w.text, "folios=")
	kind, isProgram := strings.CutPrefix(w.text, "elf=")
	switch {
	case isProgram:
		return c.program(f, w, kind)
	case w.text == "cold":
		f.Cold = true
	case w.text == "cached":
		f.Cached = true
	case w.text == "swap":
		if f.Swap = true; f.Size < 2*vm.PageSize {
			return c.usage(w.from, "a swap area has two pages at least, the first of them its header",
				".file /data/swap 1M swap")
		}
	case w.text == "exec":
		f.Exec = true
	case w.text == "owner=root":
		f.RootOwned = true
	case isFolios:
		runs, ok := parseFolios(folios)
		if !ok {
			const usage = "folios=0x4,2x3r,-x8"
			return c.usage(w.from, "folios= is a list of orders from 0 to 9, with how many there are", usage)
		}
		f.Cached, f.Folios = true, runs
	case isFill:
		v, ok := Number(fill)
		if len(fill) == 1 && !ok {
			v, ok = uint64(fill[0]), true
		}
		if !ok || v > 255 {
			return c.usage(w.from, "fill is one byte", "fill=0x41")
		}
		b := byte(v)
		f.Fill = &b
	default:
		e := c.usage(w.from, "unknown word "+w.text, ".file /data/a 32768 cold")
		e.Near = Nearest(w.text, []string{"cold", "cached", "fill=", "folios=", "elf=", "exec", "swap", "owner=root"})
		return e
	}
	return nil
}

// program reads what kind of ELF file a file is: static, pie, or the path of its interpreter.
func (c *cursor) program(f *FileSpec, w word, kind string) *Error {
	stub := binfmt.Stub{Size: f.Size, Movable: kind != "static"}
	switch {
	case strings.HasPrefix(kind, "/") && len(kind) <= binfmt.LongestInterpreter:
		stub.Interpreter = kind
	case kind != "static" && kind != "pie":
		return c.usage(w.from, "elf= is static, pie, or the path of the program's interpreter",
			".file /bin/a 12288 elf=static")
	}
	if f.Size < binfmt.LeastStub {
		return c.usage(w.from, "a program has three pages at least: its head, its instructions and its data",
			".file /bin/a 12288 elf="+kind)
	}
	f.Stub, f.Exec, f.Content = true, true, stub.Bytes()
	return nil
}

// Number reads a C integer.
func Number(text string) (uint64, bool) {
	n, why := parseNumber(text)
	return n.Value(), why == "" && text != ""
}

// ParseSize reads a number of bytes such as 64M.
func ParseSize(text string) (uint64, error) {
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

// leastRAM is 16 frames: a process needs a few for itself and its page cache.
const leastRAM = 16 * vm.PageSize

// machineWords are the settings of .machine and what each may be.
var machineWords = map[string]string{
	"ram": "size", "swap": "size", "memcg": "size", "memcg_high": "size", "disk": "nvme ssd hdd", "disk_size": "size",
	"tmpfs_size":    "size",
	"fs":            strings.Join(syscalls.FileSystems(), " "),
	"reclaim":       strings.Join(policy.ForMachines(), " "),
	"read_ahead_kb": "number",
	"dac_override":  "on off", "fsetid": "on off", "ipc_lock": "on off", "sys_nice": "on off", "sys_rawio": "on off",
	"sys_resource": "on off",
	"limits":       "word", "user": "word", "cpus": "number", "seed": "number", "profile": "word",
	"kernel": "release", "xsave": "number",
}

func init() {
	profile.Choices(func(name string, values []string) { machineWords[name] = strings.Join(values, " ") })
}

func (c *cursor) settings(d *Directive, words []word, known map[string]string) *Error {
	for _, w := range words {
		name, value, ok := strings.Cut(w.text, "=")
		if !ok || value == "" {
			return c.usage(w.from, "expected NAME=VALUE", "."+d.Name+" "+name+"=…")
		}
		if known != nil {
			if err := c.setting(w, name, value, known); err != nil {
				return err
			}
		}
		d.Settings = append(d.Settings, Setting{Name: name, Value: value})
	}
	if len(words) == 0 {
		return c.usage(c.lineEnd(), "."+d.Name+" needs NAME=VALUE",
			map[string]string{"machine": ".machine ram=64M fs=ext4",
				"sysctl": ".sysctl vm.dirty_ratio=10"}[d.Name])
	}
	return nil
}

func (c *cursor) setting(w word, name, value string, known map[string]string) *Error {
	kind, ok := known[name]
	if !ok {
		names := slices.Sorted(maps.Keys(known))
		e := c.usage(w.from, "unknown setting "+name, "")
		e.Near, e.Cause = Nearest(name, names), "settings are "+strings.Join(names, ", ")
		return e
	}
	at := w.from + len(name) + 1
	switch kind {
	case "size", "number":
		n, ok := Number(value)
		if !ok {
			return c.usage(at, name+" is a number", name+"=64M")
		}
		if name == "ram" && n < leastRAM {
			return c.usage(at, "a machine has at least 16 frames of memory", "ram=64K")
		}
	case "word":
	case "release":
		if _, err := profile.Parse(value); err != nil {
			return c.usage(at, err.Error(), "kernel=6.18")
		}
	default:
		if choices := strings.Fields(kind); !slices.Contains(choices, value) {
			e := c.usage(at, name+" cannot be "+value, "")
			e.Near, e.Cause = Nearest(value, choices), name+" is "+strings.Join(choices, ", ")
			return e
		}
	}
	return nil
}

func (c *cursor) sleep(d *Directive, words []word) *Error {
	if len(words) == 1 {
		if dur, err := time.ParseDuration(words[0].text); err == nil && dur >= 0 {
			d.Duration = dur
			return nil
		}
	}
	if len(words) == 1 {
		if _, err := strconv.ParseFloat(words[0].text, 64); err == nil {
			return c.usage(words[0].from, ".sleep needs a time with its unit", ".sleep "+words[0].text+"s")
		}
	}
	return c.usage(c.lineEnd(), ".sleep needs a time", ".sleep 6s")
}

func (c *cursor) dropCaches(d *Directive, words []word) *Error {
	if len(words) == 1 {
		if n, err := strconv.Atoi(words[0].text); err == nil && n >= 1 && n <= 3 {
			d.Number = n
			return nil
		}
	}
	return c.usage(c.lineEnd(), ".drop_caches needs 1 (page cache), 2 (slab) or 3 (both)", ".drop_caches 3")
}

// scoreAdjust reads  2 500: a process and its score.
func (c *cursor) scoreAdjust(d *Directive, words []word) *Error {
	const usage = ".oom_score_adj 2 500"
	if len(words) != 2 {
		return c.usage(c.lineEnd(), ".oom_score_adj needs the number of a process, and from -1000 to 1000", usage)
	}
	pid, err := strconv.Atoi(words[0].text)
	if err != nil || pid < 1 {
		return c.usage(words[0].from, "a process has a number from 1 on", usage)
	}
	if d.Number, err = strconv.Atoi(words[1].text); err != nil || d.Number < -1000 || d.Number > 1000 {
		return c.usage(words[1].from, "a score is adjusted by -1000 to 1000", usage)
	}
	d.PID = pid
	return nil
}

// fail reads  write /data/a page=3 EIO.
func (c *cursor) fail(d *Directive, words []word) *Error {
	const usage = ".fail write /data/a page=3 EIO"
	if len(words) == 2 && words[0].text == "disk" {
		if n, ok := ErrnoOf(words[1].text); !ok || n != syscall.EIO {
			return c.usage(words[1].from, "a disk that is lost answers with EIO", ".fail disk EIO")
		}
		d.Errno = syscall.EIO
		return nil
	}
	if len(words) < 3 {
		return c.usage(c.lineEnd(), ".fail needs what fails, where, and the error", usage)
	}
	if op := words[0]; op.text != "read" && op.text != "write" {
		return c.usage(op.from, "what fails is read or write", usage)
	}
	last := words[len(words)-1]
	n, ok := ErrnoOf(last.text)
	if !ok {
		return c.usage(last.from, "unknown error "+last.text, usage)
	}
	d.Errno = n
	if len(words) == 3 {
		return nil
	}
	return c.settings(d, words[2:len(words)-1], nil)
}
