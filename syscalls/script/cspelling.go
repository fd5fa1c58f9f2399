package script

import (
	"slices"
	"strings"
)

// A program looks like C, so people type C: declarations, casts, calls of the C library, control statements. None of it
// is in the language. Each gets an error of its own that says what to type; this file knows them.

// typeWords are the words of C's types.
var typeWords = strings.Fields("const volatile static register unsigned signed struct void char short int long float " +
	"double bool auto int8_t int16_t int32_t int64_t intptr_t uint8_t uint16_t uint32_t uint64_t uintptr_t size_t " +
	"ssize_t off_t pid_t mode_t caddr_t FILE")

// blanksOfC may lie between the words of a type and after them.
const blanksOfC = " \t*"

// afterType is the text after the type that it begins with; ok is false where it begins with none.
func afterType(text string) (rest string, ok bool) {
	for {
		word := leadingWord(text)
		if !slices.Contains(typeWords, word) {
			return text, ok
		}
		text, ok = strings.TrimLeft(text[len(word):], blanksOfC), true
	}
}

// leadingWord is the letters, digits and underscores that a text begins with.
func leadingWord(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end < 0 {
		return text
	}
	return text[:end]
}

// isType reports whether a text is a type and nothing else.
func isType(text string) bool {
	rest, ok := afterType(text)
	return ok && rest == ""
}

// WithoutTypes is a line of C without what the language does not have: the declaration before  NAME = , casts, and the
// semicolon at its end. Any other line comes back as it is.
func WithoutTypes(line string) string {
	if i := strings.IndexAny(line, "\"'#"); i >= 0 { // a string may look like a cast
		line = withoutTypes(line[:i]) + line[i:]
	} else {
		line = withoutTypes(line)
	}
	return strings.TrimRight(line, "; ")
}

func withoutTypes(text string) string {
	if rest, ok := afterType(strings.TrimLeft(text, blanksOfC)); ok {
		name := leadingWord(rest)
		if name != "" && strings.HasPrefix(strings.TrimLeft(rest[len(name):], blanksOfC), "=") {
			text = rest
		}
	}
	return withoutCasts(text)
}

// withoutCasts takes out each type in parentheses, and the blanks after it.
func withoutCasts(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "(")
		if out.WriteString(before); !found {
			return out.String()
		}
		inside, rest, closed := strings.Cut(after, ")")
		if closed && isType(strings.TrimLeft(inside, " \t")) {
			text = strings.TrimLeft(rest, " \t")
			continue
		}
		out.WriteByte('(')
		text = after
	}
}

// instead is what a program has in the place of something of C's.
type instead struct{ line, cause string }

const (
	allocate = "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"
	onFault  = "on SIGSEGV mprotect(si_addr / PAGE * PAGE, PAGE, PROT_READ|PROT_WRITE)"
	storeAll = "p[0..4*PAGE step PAGE] = 'x'"
)

// libraryCalls are functions of the C library that are no system calls.
var libraryCalls = map[string]instead{
	"malloc": {allocate,
		"malloc takes its memory with brk or mmap; a mapping of your own shows what that does"},
	"calloc":         {allocate, "calloc takes its memory with brk or mmap; pages come zeroed"},
	"posix_memalign": {allocate, "memory of mmap begins at a page"},
	"aligned_alloc":  {allocate, "memory of mmap begins at a page"},
	"realloc":        {"p = mremap(p, 4*PAGE, 8*PAGE, MREMAP_MAYMOVE)", "realloc of a large block is mremap"},
	"free":           {"munmap(p, 4*PAGE)", "free of a large block is munmap; a small one stays with the library"},
	"sbrk":           {"brk(0)", "sbrk is brk with the end of the heap added"},
	"memset":         {`p[0:4096] = "A" * 4096`, "bytes are stored by a statement"},
	"bzero":          {`p[0:4096] = "\0" * 4096`, "bytes are stored by a statement"},
	"memcpy":         {`p[0:4] = "abcd"`, "bytes are stored by a statement"},
	"memmove":        {`p[0:4] = "abcd"`, "bytes are stored by a statement"},
	"strcpy":         {`p[0:4] = "abc\0"`, "bytes are stored by a statement"},
	"memcmp":         {`p[0:4] == "abcd"`, "bytes are loaded and compared by a statement"},
	"strcmp":         {`p[0:4] == "abc\0"`, "bytes are loaded and compared by a statement"},
	"strlen":         {"p[0:16]", "bytes are loaded by a statement, which prints them"},
	"printf":         {"p[0]", "a load prints what it finds"},
	"puts":           {"p[0:16]", "a load prints what it finds"},
	"fopen": {`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`,
		"a stream is a buffer of the library's before a descriptor"},
	"fread":       {"read(fd, scratch, 4096)", "a stream is a buffer of the library's before a descriptor"},
	"fwrite":      {`write(fd, "A" * 100, 100)`, "a stream is a buffer of the library's before a descriptor"},
	"fclose":      {"close(fd)", "a stream is a buffer of the library's before a descriptor"},
	"fflush":      {"fsync(fd)", "fflush hands the library's buffer to write; fsync brings the file to its disk"},
	"sleep":       {".sleep 6s", "virtual time passes by a line of its own"},
	"usleep":      {".sleep 1ms", "virtual time passes by a line of its own"},
	"abort":       {"exit_group(0)", "a process ends by this call"},
	"assert":      {".expect minflt >= 0", "a condition is held against what happened by a line of its own"},
	"getpagesize": {"n = PAGE", "PAGE is 4096"},
	"sysconf":     {"n = PAGE", "PAGE is 4096"},
	"sizeof":      {"n = PAGE", "PAGE is 4096; other sizes are numbers"},
	"pthread_create": {"t = clone(CLONE_VM|CLONE_THREAD|CLONE_SIGHAND, NULL)",
		"a thread is a task that clone makes in the same memory"},
	"system":   {"child = fork()", "system forks"},
	"memalign": {allocate, "memory of mmap begins at a page"},
	"valloc":   {allocate, "memory of mmap begins at a page"},
	"strncpy":  {`p[0:4] = "abc\0"`, "bytes are stored by a statement"},
	"sprintf":  {`p[0:4] = "abc\0"`, "bytes are stored by a statement"},
	"snprintf": {`p[0:4] = "abc\0"`, "bytes are stored by a statement"},
	"fprintf":  {"p[0]", "a load prints what it finds"},
	"putchar":  {"p[0]", "a load prints what it finds"},
	"perror":   {"p[0]", "an answer is printed with its error's name and text"},
	"fgets":    {"read(fd, scratch, 4096)", "a stream is a buffer of the library's before a descriptor"},
	"fseek":    {"lseek(fd, 0, SEEK_SET)", "a stream is a buffer of the library's before a descriptor"},
	"fputs":    {`write(fd, "A" * 100, 100)`, "a stream is a buffer of the library's before a descriptor"},
	"fileno":   {"close(fd)", "there are no streams: a descriptor is a number"},
	"shm_open": {`fd = openat(AT_FDCWD, "/dev/shm/a", O_RDWR|O_CREAT, 0600)`,
		"shm_open opens a file of the tmpfs at /dev/shm"},
	"shm_unlink":      {`unlink("/dev/shm/a")`, "shared memory objects are files of the tmpfs at /dev/shm"},
	"posix_fallocate": {"fallocate(fd, 0, 0, 4096)", "the C library calls fallocate with mode 0"},
	"remove":          {`unlink("/data/a")`, "remove of a file is unlink"},
	"waitpid":         {"[2] exit_group(0)", "a child's lines begin with its number; the parent need not wait"},
	"wait":            {"[2] exit_group(0)", "a child's lines begin with its number; the parent need not wait"},
	"nanosleep":       {".sleep 6s", "virtual time passes by a line of its own"},
	"sched_yield":     {"[2] p[0]", "the program says whose turn it is: a line begins with its process"},
	"pthread_join":    {"[2] exit(0)", "the program says whose turn it is: a line begins with its task"},
	"signal":          {onFault, "a handler is named by a line of its own"},
	"sigaction":       {onFault, "a handler is named by a line of its own"},
}

// unmodelledCalls are system calls that people try and the model does not have.
var unmodelledCalls = strings.Fields("nanosleep clock_nanosleep sched_yield kill tgkill io_uring_setup " +
	"io_uring_enter io_uring_register perf_event_open ptrace epoll_create1 socket " +
	"connect poll select eventfd2 mbind set_mempolicy get_mempolicy move_pages " +
	"migrate_pages futex uname getdents64 setuid mount umount2 sendmsg recvmsg membarrier kcmp " +
	"memfd_secret sysinfo getrusage gettid semget msgget execveat mknod " +
	"chown flock")

// controlWords are C's statements about statements.
var controlWords = map[string]instead{
	"for":    {storeAll, "a range of accesses is one statement"},
	"while":  {storeAll, "a range of accesses is one statement"},
	"do":     {storeAll, "a range of accesses is one statement"},
	"if":     {".expect minflt >= 0", "a condition is held against what happened by a line of its own"},
	"switch": {".expect minflt >= 0", "a condition is held against what happened by a line of its own"},
	"return": {"exit_group(0)", "a process ends by this call"},
}

// notC is the error for a word of C at the start of a statement or within one; nil if it is none.
func (c *cursor) notC(t *token) *Error {
	e := c.errorAt(t, "")
	if isType(t.text) {
		e.What, e.Cause = "names and values have no types", "what binds a name makes it"
		e.Type = strings.TrimSpace(WithoutTypes(c.line))
		if e.Type == strings.TrimRight(strings.TrimSpace(c.line), "; ") {
			e.Type = "n = 4096"
		}
		return e
	}
	if x, ok := controlWords[t.text]; ok {
		e.What, e.Cause, e.Type = "there is no "+t.text+": a program is one statement after the other", x.cause, x.line
		return e
	}
	if name, ok := otherNames[t.text]; ok {
		e.What, e.Cause = t.text+" is another name of the call "+name, "a program has the system call's own name"
		rest := strings.ReplaceAll(c.line[int(t.from)+len(t.text):], "POSIX_MADV_", "MADV_")
		e.Type = strings.TrimSpace(c.line[:t.from] + name + rest)
		return e
	}
	unmodelled := slices.Contains(unmodelledCalls, t.text)
	if unmodelled {
		e.What = t.text + " is a call of Linux that the model does not have"
		e.Cause = "what it answers has to be said, as in the line below: the call is kept then, and takes that answer"
		e.Type = strings.TrimSpace(c.line) + " = 0"
	}
	if x, ok := libraryCalls[t.text]; ok {
		e.Cause, e.Type = x.cause, x.line
		if !unmodelled {
			e.What = t.text + " is a function of the C library and no system call"
		}
		return e
	}
	if unmodelled {
		return e
	}
	return nil
}

// OfC reports whether a word begins a declaration or a control statement of C, neither of which the language has.
func OfC(word string) bool { return controls(word) || isType(word) }

func controls(word string) bool { _, yes := controlWords[word]; return yes }

// notOver is the error for a statement after whose end the line goes on.
func (c *cursor) notOver() *Error {
	t, after := c.peek(), c.peekAt(1)
	switch {
	case t.kind != tokPunct:
	case t.text == "[":
		return c.noValue(&c.toks[max(0, c.i-1)])
	case (t.text == "+" || t.text == "-") && (after.text == t.text || after.text == "="):
		e := c.wrong("a store gives the byte")
		e.Cause = "no value is computed from what memory holds"
		e.Type = strings.TrimRight(c.line[:t.from], " ") + " = 1"
		return e
	case t.text == ";":
		e := c.wrong("a statement has a line of its own, and no semicolon")
		e.Type = strings.TrimSpace(c.line[:t.from])
		return e
	case t.text == "==" && c.toks[max(0, c.i-1)].text == ")":
		e := c.wrong("a call's answer follows one equals sign")
		e.Cause = "the answer is asserted, and goes to no condition"
		e.Type = strings.TrimSpace(c.line[:t.from]) + " = " + strings.TrimSpace(c.line[after.from:])
		return e
	}
	return c.wrong("the statement is over here")
}

// noValue is the error for a load in the place of a value, which begins at t.
func (c *cursor) noValue(t *token) *Error {
	e := c.errorAt(t, "a load is a statement of its own, and no value")
	e.Cause = "its byte goes to no name; it is printed, or asserted with =="
	e.Type = strings.TrimRight(c.line[t.from:len(c.line)-len(c.comment)], "; \t")
	return e
}
