package script

import (
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
)

// CallSpec says how a call is spelt: its arguments in the man page's order, what each of them is, and how the result
// prints. Help, completion, the parser, the printer, the runner and the importer all read it. It is made of the call's
// signature in package syscalls.
type CallSpec struct {
	Nr          syscalls.Number
	Name        string
	Params      []Param
	kinds       []ParamKind // of Params
	Least       int         // arguments that must be given; the rest default to 0
	ReturnsAddr bool        // the result is an address
	Scope       Scope
}

// Scope tells what a call can reach.
type Scope uint8

const (
	Modelled     Scope = iota // always run
	OnFile                    // run, unless its descriptor or path is outside the model
	OutsideModel              // never run: takes the recorded answer
)

// Param is one argument of a call.
type Param struct {
	Name string
	Kind ParamKind
	Set  *flagSet // for kind flags
}

// IsFD reports whether the argument is a descriptor, of a file or of a directory.
func (p Param) IsFD() bool { return p.Kind == FDParam || p.Set == &dirfdNames }

// IsDir reports whether the argument is the descriptor of a directory.
func (p Param) IsDir() bool { return p.Set == &dirfdNames }

type ParamKind uint8

const (
	IntParam          ParamKind = iota // a signed decimal number
	AddrParam                          // hex, NULL for 0
	SizeParam                          // decimal, hex where enormous
	HexOffsetParam                     // an offset that strace prints in hex
	OctalParam                         // a file mode
	HexParam                           // always hex
	FDParam                            // a descriptor
	PathParam                          // an address of a string, or the string
	InParam                            // a buffer that the call reads; its length is the next size
	OutParam                           // a buffer that the call fills
	IovInParam                         // an array of buffers that the call reads
	IovOutParam                        // an array of buffers that the call fills
	VecParam                           // mincore's vector
	StructParam                        // an address of a structure, or {name=value, …}
	OffsetParam                        // an address of an offset that the call moves on, or [offset]
	FDsParam                           // an address of two descriptors that the call stores, or [3, 4]
	IntPointerParam                    // an address of an int, or [int]
	StatParam                          // an address where the call puts a struct stat
	StatxParam                         // a struct statx
	UserfaultAPIParam                  // a struct uffdio_api; which of these argp is depends on the request
	RegisterParam                      // a struct uffdio_register
	RangeParam                         // a struct uffdio_range
	GiveCopyParam                      // a struct uffdio_copy
	GiveZerosParam                     // a struct uffdio_zeropage
	GiveMovedParam                     // a struct uffdio_move
	WriteProtectParam                  // a struct uffdio_writeprotect
	GiveCachedParam                    // a struct uffdio_continue
	GivePoisonParam                    // a struct uffdio_poison
	StackParam                         // a stack_t that the call fills
	CacheStatParam                     // a struct cachestat
	GiveStackParam                     // a stack_t
	SigInfoParam                       // a siginfo_t that tells of a child
	StringsParam                       // an address of an array of strings that ends with NULL, or ["a", "b"]
	FlagsParam                         // names of a set
)

var paramKinds = map[string]ParamKind{
	"int": IntParam, "addr": AddrParam, "size": SizeParam, "hexoff": HexOffsetParam, "mode": OctalParam,
	"hex": HexParam, "fd": FDParam, "path": PathParam,
	"in": InParam, "out": OutParam, "iovin": IovInParam, "iovout": IovOutParam, "vec": VecParam, "struct": StructParam,
	"fds": FDsParam, "int32": IntPointerParam,
	"off": OffsetParam, "stat": StatParam, "statxbuf": StatxParam, "cstat": CacheStatParam,
	"siginfo": SigInfoParam, "stack": GiveStackParam, "stackout": StackParam, "strings": StringsParam,
}

var (
	rows       = parseCallTable()
	rowsByName = indexRows()
)

func parseCallTable() []*CallSpec {
	var out []*CallSpec
	for nr, line := range syscalls.Signatures() {
		out = append(out, parseRow(nr, line))
	}
	return out
}

func parseRow(nr syscalls.Number, line string) *CallSpec {
	line, toAddr := strings.CutSuffix(line, " -> addr")
	words := strings.Fields(line)
	r := &CallSpec{Name: strings.TrimLeft(words[0], "~!"), Least: -1, ReturnsAddr: toAddr}
	switch words[0][0] {
	case '~':
		r.Scope = OnFile
	case '!':
		r.Scope = OutsideModel
	}
	r.Nr = nr
	r.parseParams(words[1:])
	return r
}

// parseParams reads the parameters; a question mark stands before the first that may be left out.
func (r *CallSpec) parseParams(words []string) {
	for i, w := range words {
		w, optional := strings.CutPrefix(w, "?")
		if optional {
			r.Least = i
		}
		p := parseParam(w)
		r.Params, r.kinds = append(r.Params, p), append(r.kinds, p.Kind)
	}
	if r.Least < 0 {
		r.Least = len(r.Params)
	}
}

func parseParam(w string) Param {
	name, kind, _ := strings.Cut(w, ":")
	if k, ok := paramKinds[kind]; ok {
		return Param{Name: name, Kind: k}
	}
	set, ok := flagSets[kind]
	if !ok {
		panic("script.parseParam: no kind " + kind)
	}
	return Param{Name: name, Kind: FlagsParam, Set: set}
}

func indexRows() map[string]*CallSpec {
	m := make(map[string]*CallSpec, len(rows))
	for _, r := range rows {
		m[r.Name] = r
	}
	return m
}

func SpecOf(name string) (*CallSpec, bool) {
	r, ok := rowsByName[name]
	return r, ok
}

// CallNames are the calls of the language, sorted.
func CallNames() []string {
	names := make([]string, 0, len(rows))
	for _, r := range rows {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names
}

// Signature is how a call is written: "munmap(addr, length)". ok is false for a call the language does not know.
func Signature(call string) (text string, ok bool) {
	r, ok := SpecOf(call)
	if !ok {
		return "", false
	}
	var names []string
	for _, p := range r.Params {
		names = append(names, p.Name)
	}
	return r.Name + "(" + strings.Join(names, ", ") + ")", true
}

// Outside reports whether the call of that name is always outside the model, as getpid is, or not known at all.
func Outside(call string) bool {
	r, ok := SpecOf(call)
	return !ok || r.Scope == OutsideModel
}

// enormous is where sizes turn to hex: no size that is meant as one has more digits.
const enormous = 1 << 40

// FormatArg is argument i of a call.
func (r *CallSpec) FormatArg(i int, args syscalls.Args) string {
	switch {
	case r.Nr == syscalls.SysFcntl && i == 2:
		return named(fcntlValues[args[1]], IntParam).format(args[2])
	case r.Nr == syscalls.SysPrctl && i == 1:
		return named(prctlValues[args[0]], HexParam).format(args[1])
	}
	return r.Params[i].format(args[i])
}

// What fcntl's last argument means under a command, and prctl's second under an option, where it has names.
var (
	fcntlValues = map[uint64]*flagSet{
		2:    &fdFlags,   // F_SETFD
		4:    &openFlags, // F_SETFL
		1033: &sealFlags, // F_ADD_SEALS
	}
	prctlValues = map[uint64]*flagSet{
		0x53564d41: &prSetVMANames, // PR_SET_VMA
		65:         &mdweFlags,     // PR_SET_MDWE
		35:         &prSetMMNames,  // PR_SET_MM
	}
)

// named is an argument of these names, or of another kind where it has none.
func named(names *flagSet, otherwise ParamKind) Param {
	if names == nil {
		return Param{Kind: otherwise}
	}
	return Param{Kind: FlagsParam, Set: names}
}

func (p Param) format(v uint64) string {
	switch p.Kind {
	case FlagsParam:
		return p.Set.Format(v)
	case IntParam, FDParam:
		return FormatSigned(v)
	case SizeParam:
		if v >= enormous {
			return "0x" + strconv.FormatUint(v, 16)
		}
		return strconv.FormatUint(v, 10)
	case HexOffsetParam:
		if v < 4096 {
			return strconv.FormatUint(v, 10)
		}
	case OctalParam:
		return "0" + strings.TrimLeft(strconv.FormatUint(v, 8), "0")
	case HexParam:
	default:
		if v == 0 {
			return "NULL"
		}
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// FormatSigned prints small numbers in decimal, of either sign, and the rest in hex.
func FormatSigned(v uint64) string {
	if int64(v) < 0 && int64(v) >= -enormous {
		return "-" + strconv.FormatUint(-v, 10)
	}
	if v >= enormous {
		return "0x" + strconv.FormatUint(v, 16)
	}
	return strconv.FormatUint(v, 10)
}

// KindOf is the kind of an argument; that of one too many is HexParam.
func (r *CallSpec) KindOf(arg int) ParamKind {
	if arg < len(r.Params) {
		return r.Params[arg].Kind
	}
	return HexParam
}
