package script

import (
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
)

// A row of the table of calls says how a call is spelt: its arguments in the man page's order, what each of them is, and
// how the result prints. Help, completion, the parser, the printer, the runner and the importer all read this table.
type CallSpec struct {
	Nr          syscalls.Number
	Name        string
	Params      []Param
	Least       int  // arguments that must be given; the rest default to 0
	ReturnsAddr bool // the result is an address
	Scope       Scope
}

// scope tells what a call can reach.
type Scope uint8

const (
	Modelled     Scope = iota // always run
	OnFile                    // run, unless its descriptor or path is outside the model
	OutsideModel              // never run: takes the recorded answer
)

// param is one argument of a call.
type Param struct {
	Name string
	Kind ParamKind
	Set  *flagSet // for kind flags
}

// isFD reports whether the argument is a descriptor, of a file or of a directory.
func (p Param) IsFD() bool { return p.Kind == FDParam || p.Set == &dirfdNames }

// isDir reports whether the argument is the descriptor of a directory.
func (p Param) IsDir() bool { return p.Set == &dirfdNames }

type ParamKind uint8

const (
	IntParam       ParamKind = iota // a signed decimal number
	AddrParam                       // hex, NULL for 0
	SizeParam                       // decimal, hex where enormous
	HexOffsetParam                  // an offset that strace prints in hex
	OctalParam                      // a file mode
	HexParam                        // always hex
	FDParam                         // a descriptor
	PathParam                       // an address of a string, or the string
	InParam                         // a buffer that the call reads; its length is the next size
	OutParam                        // a buffer that the call fills
	IovInParam                      // an array of buffers that the call reads
	IovOutParam                     // an array of buffers that the call fills
	VecParam                        // mincore's vector
	StructParam                     // an address of a structure, or {name=value, …}
	OffsetParam                     // an address of an offset that the call moves on, or [offset]
	StatParam                       // an address where the call puts a struct stat
	StatxParam                      // a struct statx
	CacheStatParam                  // a struct cachestat
	FlagsParam                      // names of a set
)

var paramKinds = map[string]ParamKind{
	"int": IntParam, "addr": AddrParam, "size": SizeParam, "hexoff": HexOffsetParam, "mode": OctalParam,
	"hex": HexParam, "fd": FDParam, "path": PathParam,
	"in": InParam, "out": OutParam, "iovin": IovInParam, "iovout": IovOutParam, "vec": VecParam, "struct": StructParam,
	"off": OffsetParam, "stat": StatParam, "statxbuf": StatxParam, "cstat": CacheStatParam,
}

// callTable: number and name come from package syscalls. A "?" before an argument makes it and those after it optional;
// "-> addr" prints the result in hex; a leading "~" means "on files only", "!" outside the model.
var callTable = []string{
	"mmap addr:addr length:size prot:prot flags:map fd:fd offset:hexoff -> addr",
	"munmap addr:addr length:size",
	"mprotect addr:addr length:size prot:prot",
	"pkey_mprotect addr:addr length:size prot:prot pkey:int",
	"pkey_alloc flags:int access_rights:hex",
	"pkey_free pkey:int",
	"mremap old_address:addr old_size:size new_size:size flags:mremap ?new_address:addr -> addr",
	"remap_file_pages addr:addr size:size prot:protq pgoff:size flags:map",
	"brk addr:addr -> addr",
	"msync addr:addr length:size flags:msync",
	"mincore addr:addr length:size vec:vec",
	"madvise addr:addr length:size advice:advice",
	"process_madvise pidfd:fd iovec:iovin vlen:size advice:advice flags:hex",
	"mlock addr:addr length:size",
	"mlock2 addr:addr length:size flags:mlock2",
	"munlock addr:addr length:size",
	"mlockall flags:mcl",
	"munlockall",
	"mseal addr:addr length:size flags:int",
	"memfd_create name:path flags:mfd",
	"open pathname:path flags:open ?mode:mode",
	"openat dirfd:dirfd pathname:path flags:open ?mode:mode",
	"openat2 dirfd:dirfd pathname:path how:struct size:size",
	"creat pathname:path mode:mode",
	"close fd:fd",
	"~dup oldfd:fd",
	"~dup2 oldfd:fd newfd:fd",
	"~dup3 oldfd:fd newfd:fd flags:open",
	"~fcntl fd:fd cmd:fcntl ?arg:seals",
	"~read fd:fd buf:out count:size",
	"~write fd:fd buf:in count:size",
	"~pread64 fd:fd buf:out count:size offset:int",
	"~pwrite64 fd:fd buf:in count:size offset:int",
	"~readv fd:fd iov:iovout iovcnt:size",
	"~writev fd:fd iov:iovin iovcnt:size",
	"~preadv fd:fd iov:iovout iovcnt:size offset:int ?offset_high:int",
	"~pwritev fd:fd iov:iovin iovcnt:size offset:int ?offset_high:int",
	"~preadv2 fd:fd iov:iovout iovcnt:size offset:int offset_high:int flags:rwf",
	"~pwritev2 fd:fd iov:iovin iovcnt:size offset:int offset_high:int flags:rwf",
	"process_vm_readv pid:int lvec:iovout liovcnt:size rvec:iovin riovcnt:size flags:hex",
	"process_vm_writev pid:int lvec:iovin liovcnt:size rvec:iovout riovcnt:size flags:hex",
	"~lseek fd:fd offset:int whence:whence",
	"~ftruncate fd:fd length:int",
	"~truncate path:path length:int",
	"~fallocate fd:fd mode:falloc offset:int length:int",
	"~fsync fd:fd",
	"~fdatasync fd:fd",
	"sync",
	"~syncfs fd:fd",
	"~sync_file_range fd:fd offset:int nbytes:int flags:syncrange",
	"~readahead fd:fd offset:int count:size",
	"~fadvise64 fd:fd offset:int len:int advice:fadvise",
	"~cachestat fd:fd cstat_range:struct cstat:cstat flags:hex",
	"~unlink pathname:path",
	"~unlinkat dirfd:dirfd pathname:path flags:at",
	"~fstat fd:fd statbuf:stat",
	"~stat pathname:path statbuf:stat",
	"~lstat pathname:path statbuf:stat",
	"~statx dirfd:dirfd pathname:path flags:at mask:statx statxbuf:statxbuf",
	"~newfstatat dirfd:dirfd pathname:path statbuf:stat flags:at",
	"!access pathname:path mode:access",
	"!readlink pathname:path buf:addr bufsiz:size",
	"!getcwd buf:addr size:size",
	"!ioctl fd:fd request:hex ?argp:addr",
	"!pipe pipefd:addr",
	"~sendfile out_fd:fd in_fd:fd offset:off count:size",
	"~copy_file_range fd_in:fd off_in:off fd_out:fd off_out:off len:size flags:hex",
	"~splice fd_in:fd off_in:off fd_out:fd off_out:off len:size flags:splice",
	"shmget key:hex size:size shmflg:ipc",
	"shmat shmid:int shmaddr:addr shmflg:shmat -> addr",
	"shmdt shmaddr:addr",
	"shmctl shmid:int cmd:shmctl buf:addr",
	"fork",
	"vfork",
	"clone flags:clone ?stack:addr parent_tid:addr child_tid:addr tls:addr",
	"!clone3 cl_args:struct size:size",
	"!execve pathname:path argv:addr envp:addr",
	"exit status:int",
	"exit_group status:int",
	"!wait4 pid:int wstatus:addr options:int rusage:addr",
	"pidfd_open pid:int flags:hex",
	"getrlimit resource:rlimit rlim:addr",
	"setrlimit resource:rlimit rlim:struct",
	"prlimit64 pid:int resource:rlimit new_limit:struct old_limit:addr",
	"prctl option:prctl ?arg2:hex arg3:hex arg4:hex arg5:hex",
	"personality persona:hex",
	"!arch_prctl code:hex addr:addr",
	"!rt_sigaction signum:int act:addr oldact:addr sigsetsize:size",
	"!rt_sigprocmask how:int set:addr oldset:addr sigsetsize:size",
	"!set_tid_address tidptr:addr",
	"!set_robust_list head:addr len:size",
	"!rseq rseq:addr rseq_len:hex flags:hex sig:hex",
	"!getrandom buf:addr buflen:size flags:hex",
	"!getpid", "!getppid", "!getuid", "!getgid", "!geteuid", "!getegid",
}

var (
	rows       = parseCallTable()
	rowsByName = indexRows()
)

func parseCallTable() []*CallSpec {
	var out []*CallSpec
	for _, line := range callTable {
		out = append(out, parseRow(line))
	}
	return out
}

func parseRow(line string) *CallSpec {
	line, toAddr := strings.CutSuffix(line, " -> addr")
	words := strings.Fields(line)
	r := &CallSpec{Name: strings.TrimLeft(words[0], "~!"), Least: -1, ReturnsAddr: toAddr}
	switch words[0][0] {
	case '~':
		r.Scope = OnFile
	case '!':
		r.Scope = OutsideModel
	}
	nr, ok := syscalls.NumberOf(r.Name)
	if !ok {
		panic("script.parseRow: no number for " + r.Name)
	}
	r.Nr = nr
	for i, w := range words[1:] {
		w, optional := strings.CutPrefix(w, "?")
		if optional {
			r.Least = i
		}
		r.Params = append(r.Params, parseParam(w))
	}
	if r.Least < 0 {
		r.Least = len(r.Params)
	}
	return r
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

// format is argument i of a call.
func (r *CallSpec) FormatArg(i int, args syscalls.Args) string {
	if r.Nr == syscalls.SysFcntl && i == 2 {
		return fcntlArg(args[1]).Format(args[2])
	}
	return r.Params[i].Format(args[i])
}

// fcntlArg is what fcntl's last argument is under a command.
func fcntlArg(cmd uint64) Param {
	switch cmd {
	case 2: // F_SETFD
		return Param{Kind: FlagsParam, Set: &fdFlags}
	case 4: // F_SETFL
		return Param{Kind: FlagsParam, Set: &openFlags}
	case 1033: // F_ADD_SEALS
		return Param{Kind: FlagsParam, Set: &sealFlags}
	}
	return Param{Kind: IntParam}
}

func (p Param) Format(v uint64) string {
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

// formatSigned prints small numbers in decimal, of either sign, and the rest in hex.
func FormatSigned(v uint64) string {
	if int64(v) < 0 && int64(v) >= -enormous {
		return "-" + strconv.FormatUint(-v, 10)
	}
	if v >= enormous {
		return "0x" + strconv.FormatUint(v, 16)
	}
	return strconv.FormatUint(v, 10)
}

// kindOf is the kind of an argument; that of one too many is kindHex.
func (r *CallSpec) KindOf(arg int) ParamKind {
	if arg < len(r.Params) {
		return r.Params[arg].Kind
	}
	return HexParam
}
