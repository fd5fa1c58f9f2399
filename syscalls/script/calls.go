package script

import (
	"slices"
	"strings"

	"vmsim/syscalls"
)

// A row of the table of calls says how a call is spelt: its arguments in the man page's order, what each of them is, and
// how the result prints. Help, completion, the parser, the printer, the runner and the importer all read this table.
type row struct {
	nr     syscalls.Number
	name   string
	params []param
	least  int  // arguments that must be given; the rest default to 0
	hex    bool // the result is an address
	scope  scope
}

// scope tells what a call can reach.
type scope uint8

const (
	modelled scope = iota // always run
	onFile                // run, unless its descriptor or path is outside the model
	outside               // never run: takes the recorded answer
)

// param is one argument of a call.
type param struct {
	name string
	kind paramKind
	set  *flagSet // for kind flags
}

// isFD reports whether the argument is a descriptor, of a file or of a directory.
func (p param) isFD() bool { return p.kind == kindFD || p.set == &dirfdNames }

type paramKind uint8

const (
	kindInt       paramKind = iota // a signed decimal number
	kindAddr                       // hex, NULL for 0
	kindSize                       // decimal, hex where enormous
	kindHexOff                     // an offset that strace prints in hex
	kindOctal                      // a file mode
	kindHex                        // always hex
	kindFD                         // a descriptor
	kindPath                       // an address of a string, or the string
	kindIn                         // a buffer that the call reads; its length is the next size
	kindOut                        // a buffer that the call fills
	kindIovIn                      // an array of buffers that the call reads
	kindIovOut                     // an array of buffers that the call fills
	kindVec                        // mincore's vector
	kindStruct                     // an address of a structure, or {name=value, …}
	kindOffset                     // an address of an offset that the call moves on, or [offset]
	kindStat                       // an address where the call puts a struct stat
	kindStatx                      // a struct statx
	kindCacheStat                  // a struct cachestat
	kindFlags                      // names of a set
)

var paramKinds = map[string]paramKind{
	"int": kindInt, "addr": kindAddr, "size": kindSize, "hexoff": kindHexOff, "mode": kindOctal, "hex": kindHex, "fd": kindFD, "path": kindPath,
	"in": kindIn, "out": kindOut, "iovin": kindIovIn, "iovout": kindIovOut, "vec": kindVec, "struct": kindStruct,
	"off": kindOffset, "stat": kindStat, "statxbuf": kindStatx, "cstat": kindCacheStat,
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

func parseCallTable() []*row {
	var out []*row
	for _, line := range callTable {
		out = append(out, parseRow(line))
	}
	return out
}

func parseRow(line string) *row {
	line, toAddr := strings.CutSuffix(line, " -> addr")
	words := strings.Fields(line)
	r := &row{name: strings.TrimLeft(words[0], "~!"), least: -1, hex: toAddr}
	switch words[0][0] {
	case '~':
		r.scope = onFile
	case '!':
		r.scope = outside
	}
	nr, ok := syscalls.NumberOf(r.name)
	if !ok {
		panic("script.parseRow: no number for " + r.name)
	}
	r.nr = nr
	for i, w := range words[1:] {
		w, optional := strings.CutPrefix(w, "?")
		if optional {
			r.least = i
		}
		r.params = append(r.params, parseParam(w))
	}
	if r.least < 0 {
		r.least = len(r.params)
	}
	return r
}

func parseParam(w string) param {
	name, kind, _ := strings.Cut(w, ":")
	if k, ok := paramKinds[kind]; ok {
		return param{name: name, kind: k}
	}
	set, ok := flagSets[kind]
	if !ok {
		panic("script.parseParam: no kind " + kind)
	}
	return param{name: name, kind: kindFlags, set: set}
}

func indexRows() map[string]*row {
	m := make(map[string]*row, len(rows))
	for _, r := range rows {
		m[r.name] = r
	}
	return m
}

func rowOf(name string) (*row, bool) {
	r, ok := rowsByName[name]
	return r, ok
}

// CallNames are the calls of the language, sorted.
func CallNames() []string {
	names := make([]string, 0, len(rows))
	for _, r := range rows {
		names = append(names, r.name)
	}
	slices.Sort(names)
	return names
}

// Signature is how a call is written: "munmap(addr, length)". ok is false for a call the language does not know.
func Signature(call string) (text string, ok bool) {
	r, ok := rowOf(call)
	if !ok {
		return "", false
	}
	var names []string
	for _, p := range r.params {
		names = append(names, p.name)
	}
	return r.name + "(" + strings.Join(names, ", ") + ")", true
}

// Outside reports whether the call of that name is always outside the model, as getpid is, or not known at all.
func Outside(call string) bool {
	r, ok := rowOf(call)
	return !ok || r.scope == outside
}

// enormous is where sizes turn to hex: no size that is meant as one has more digits.
const enormous = 1 << 40

// format is argument i of a call.
func (r *row) format(i int, args syscalls.Args) string {
	if r.nr == syscalls.SysFcntl && i == 2 {
		return fcntlArg(args[1]).format(args[2])
	}
	return r.params[i].format(args[i])
}

// fcntlArg is what fcntl's last argument is under a command.
func fcntlArg(cmd uint64) param {
	switch cmd {
	case 2: // F_SETFD
		return param{kind: kindFlags, set: &fdFlags}
	case 4: // F_SETFL
		return param{kind: kindFlags, set: &openFlags}
	case 1033: // F_ADD_SEALS
		return param{kind: kindFlags, set: &sealFlags}
	}
	return param{kind: kindInt}
}

func (p param) format(v uint64) string {
	switch p.kind {
	case kindFlags:
		return p.set.Format(v)
	case kindInt, kindFD:
		return formatSigned(v)
	case kindSize:
		if v >= enormous {
			return "0x" + formatUint(v, 16)
		}
		return formatUint(v, 10)
	case kindHexOff:
		if v < 4096 {
			return formatUint(v, 10)
		}
	case kindOctal:
		return "0" + strings.TrimLeft(formatUint(v, 8), "0")
	case kindHex:
	default:
		if v == 0 {
			return "NULL"
		}
	}
	return "0x" + formatUint(v, 16)
}

// formatSigned prints small numbers in decimal, of either sign, and the rest in hex.
func formatSigned(v uint64) string {
	if int64(v) < 0 && int64(v) >= -enormous {
		return "-" + formatUint(-v, 10)
	}
	if v >= enormous {
		return "0x" + formatUint(v, 16)
	}
	return formatUint(v, 10)
}
