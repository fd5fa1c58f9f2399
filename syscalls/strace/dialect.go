package strace

import (
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// Other tracers than strace, and other processors than x86-64, have other words for the same calls.

// numbered is the name of a call that ltrace knows by its number alone.
func numbered(name string) string {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < 1<<16 {
		return syscalls.Number(n).String()
	}
	return name
}

// unnamedCall is the name of a call that strace knows by its number alone: syscall_0x1ce for mseal, in releases of
// strace that are older than the call. All its arguments are the values of registers, so a call that reads memory
// through one of them keeps its number: what the memory held is not in the log.
func unnamedCall(name string) string {
	digits, ok := strings.CutPrefix(name, "syscall_0x")
	if !ok {
		return name
	}
	n, err := strconv.ParseUint(digits, 16, 16)
	if err != nil {
		return name
	}
	known := syscalls.Number(n).String()
	kinds, ok := script.Params(known)
	if !ok || slices.ContainsFunc(kinds, readsMemory) {
		return name
	}
	return known
}

// readsMemory reports whether an argument is the address of something that the call reads.
func readsMemory(kind script.ParamKind) bool {
	switch kind {
	case script.PathParam, script.InParam, script.IovInParam, script.IovOutParam, script.StructParam,
		script.OffsetParam, script.GiveStackParam:
		return true
	}
	return false
}

// counterparts are the calls of 32-bit programs and of old kernels that the 64-bit kernel has under another name.
var counterparts = pairs(`
	mmap2:mmap old_mmap:mmap fstat64:fstat stat64:stat lstat64:lstat fstatat64:newfstatat
	fstatat:newfstatat fcntl64:fcntl ftruncate64:ftruncate truncate64:truncate ugetrlimit:getrlimit
	sendfile64:sendfile fadvise64_64:fadvise64 pread:pread64 pwrite:pwrite64 newfstat:fstat
	newstat:stat newlstat:lstat arm_fadvise64_64:fadvise64`)

// counterpart writes a call under the name that it has on x86-64, and reports whether that is another.
func (l *line) counterpart() bool {
	if name, ok := counterparts[l.name]; ok {
		l.name = name
		return true
	}
	return false
}

// perfCalls are the kernel's names for the arguments of calls, in order, which perf trace prints less those that are
// zero. What perf leaves off the names of flags follows a colon.
var perfCalls = parsePerfCalls(`
	mmap addr len prot:PROT_ flags:MAP_ fd off
	munmap addr len
	mprotect start len prot:PROT_
	brk brk
	madvise start len_in behavior:MADV_
	mremap addr old_len new_len flags:MREMAP_ new_addr
	openat dfd filename flags:O_ mode:S_
	open filename flags:O_ mode:S_
	creat pathname mode:S_
	access filename mode:_OK
	faccessat dfd filename mode:_OK
	faccessat2 dfd filename mode:_OK flags:AT_
	read fd buf count
	write fd buf count
	pread64 fd buf count pos
	pwrite64 fd buf count pos
	close fd
	newfstatat dfd filename statbuf flag
	fstat fd statbuf
	stat filename statbuf
	lstat filename statbuf
	lseek fd offset whence:SEEK_
	dup fildes
	dup2 oldfd newfd
	dup3 oldfd newfd flags:O_
	fcntl fd cmd:F_ arg
	mlock start len
	mlock2 start len flags
	munlock start len
	msync start len flags:MS_
	mincore start len vec
	ftruncate fd length
	fallocate fd mode offset len
	fadvise64 fd offset len advice
	exit error_code
	exit_group error_code
	clone clone_flags:CLONE_ newsp parent_tidptr child_tidptr tls
	clone3 uargs size
	fork
	vfork
	execve filename argv envp
	fsync fd
	fdatasync fd
	getpid
	prlimit64 pid resource:RLIMIT_ new_rlim old_rlim
	getrlimit resource:RLIMIT_ rlim
	setrlimit resource:RLIMIT_ rlim
	statx dfd filename flags:AT_ mask:STATX_ buffer
	unlink pathname
	unlinkat dfd pathname flag:AT_
	gettid`)

type perfParam struct{ name, prefix string }

func parsePerfCalls(rows string) map[string][]perfParam {
	out := map[string][]perfParam{}
	for row := range strings.Lines(rows) {
		words := strings.Fields(row)
		if len(words) == 0 {
			continue
		}
		params := []perfParam{}
		for _, w := range words[1:] {
			name, prefix, _ := strings.Cut(w, ":")
			params = append(params, perfParam{name, prefix})
		}
		out[words[0]] = params
	}
	return out
}

// isPerf reports whether a line begins as perf trace's do: "0.355 ( 0.020 ms): ".
func isPerf(s string) bool {
	i := strings.Index(s[:min(len(s), 40)], "): ")
	return i > 0 && strings.Contains(s[:i], "(") && strings.Trim(s[:i], "0123456789.?( ms") == ""
}

// perf reads a line of perf trace:
//
//	0.355 ( 0.020 ms): ls/12 mmap(len: 8192, prot: READ|WRITE, flags: PRIVATE|ANONYMOUS) = 0x7f133d285000
//	    ? (         ): ls/12  ... [continued]: execve())  = 0
//	0.102 ( 0.000 ms): ls/12 minfault [_start+0x0] => /usr/lib/ld.so@0x1ab70 (d.)
func (l *line) perf(s string) {
	l.text = s
	_, rest, ok := strings.Cut(s, "): ")
	if !ok {
		return
	}
	if strings.Contains(s, "fault [") && strings.Contains(s, "] => ") {
		l.kind, l.pid = lineFault, perfPID(rest)
		return
	}
	continued := false
	head, call, ok := strings.Cut(rest, " ... [continued]: ")
	if ok {
		continued = true
	} else {
		at := strings.IndexByte(rest, '(')
		if at < 0 {
			return
		}
		cut := strings.LastIndexByte(rest[:at], ' ') + 1
		head, call = rest[:cut], rest[cut:]
	}
	l.pid = perfPID(head + " ")
	name, args, ok := strings.Cut(call, "(")
	if !ok || !isCallName(name) {
		return
	}
	l.name = name
	args = strings.TrimRight(args, " ")
	if head, ok := strings.CutSuffix(args, " ..."); ok {
		args = strings.TrimRight(head, " ") + " ..." // perf aligns the dots as it does results
	}
	switch {
	case continued:
		l.kind, l.args = lineResumed, strings.TrimPrefix(args, ")")
	case strings.HasSuffix(args, ") ..."):
		l.kind, l.args = lineUnfinished, l.positional(l.plain(strings.TrimSuffix(args, ") ...")))
	default:
		if l.finish(args); l.kind == lineCall {
			l.args = l.positional(l.args)
		}
	}
}

// perfPID is the number in "cat/1234 ".
func perfPID(text string) string {
	_, rest, ok := strings.Cut(text, "/")
	for ok {
		pid, _, _ := strings.Cut(rest, " ")
		if isDecimal(pid) {
			return pid
		}
		_, rest, ok = strings.Cut(rest, "/")
	}
	return ""
}

// positional is the arguments of a call in the order of the kernel, with the zeros that perf trace has left out.
func (l *line) positional(args string) string {
	params, ok := perfCalls[l.name]
	if !ok {
		return unlabelled(l.name, args)
	}
	out := make([]string, len(params))
	for _, a := range splitArgs(nil, args) {
		name, value, _ := strings.Cut(a, ": ")
		value = unnamedProcess(value)
		for i, p := range params {
			if p.name == name {
				out[i] = withPrefix(p.prefix, value)
			}
		}
	}
	for i, p := range params {
		switch {
		case out[i] != "":
		case p.name == "fd" && l.name == "mmap" && strings.Contains(out[3], "MAP_ANONYMOUS"):
			out[i] = "-1"
		case p.prefix == "PROT_":
			out[i] = "PROT_NONE"
		case p.prefix == "O_":
			out[i] = "O_RDONLY"
		default:
			out[i] = "0"
		}
	}
	return strings.Join(out, ", ")
}

// unlabelled is the arguments of any other call without their names, and with zeros for those that are missing.
func unlabelled(call, args string) string {
	out := splitArgs(nil, args)
	for i, a := range out {
		if name, value, ok := strings.Cut(a, ":"); ok && isCallName(name+"_") {
			if out[i] = strings.TrimSpace(value); out[i] == "" {
				out[i] = "0"
			}
		}
		out[i] = unnamedProcess(out[i])
	}
	kinds, _ := script.Params(call)
	for len(out) < len(kinds) {
		out = append(out, "0")
	}
	return strings.Join(out, ", ")
}

// unnamedProcess is the number of a process without the name that perf trace puts behind it: "12 (ls)".
func unnamedProcess(value string) string {
	if number, comm, ok := strings.Cut(value, " ("); ok && isDecimal(number) && strings.HasSuffix(comm, ")") {
		return number
	}
	return value
}

// modes are the kernel's names for what users may do with a file.
var modes = pairs(`
	IRUGO:0444 IWUGO:0222 IXUGO:0111 IRWXUGO:0777 IALLUGO:07777 IRWXU:0700 IRUSR:0400 IWUSR:0200 IXUSR:0100
	IRWXG:070 IRGRP:040 IWGRP:020 IXGRP:010 IRWXO:07 IROTH:04 IWOTH:02 IXOTH:01`)

// withPrefix writes PROT_READ|PROT_WRITE for READ|WRITE, and AT_FDCWD for CWD.
func withPrefix(prefix, value string) string {
	if value == "CWD" {
		return "AT_FDCWD"
	}
	if prefix == "" || value == "" {
		return value
	}
	words := strings.Split(value, "|")
	for i, w := range words {
		if mode, ok := modes[w]; ok && prefix == "S_" {
			words[i] = mode
			continue
		}
		if prefix == "_OK" && w != "" && isLetter(w[0]) {
			words[i] = w + prefix
			continue
		}
		if w != "" && isLetter(w[0]) && !strings.HasPrefix(w, prefix) && !strings.HasPrefix(w, "SIG") {
			words[i] = prefix + w
		}
	}
	return strings.Join(words, "|")
}
