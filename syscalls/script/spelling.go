package script

import (
	"strings"
	"syscall"
)

// What a package that writes programs needs to know of how they are spelt.

// ParamKind is what an argument of a call is.
type ParamKind = paramKind

// The kinds of arguments that a log shows in another way than a program.
const (
	FDParam        = kindFD        // a descriptor
	PathParam      = kindPath      // a path
	InParam        = kindIn        // a buffer that the call reads
	OutParam       = kindOut       // a buffer that the call fills
	IovInParam     = kindIovIn     // an array of buffers that the call reads
	IovOutParam    = kindIovOut    // an array of buffers that the call fills
	VecParam       = kindVec       // mincore's vector
	AddrParam      = kindAddr      // an address
	StructParam    = kindStruct    // a structure that the call reads
	OffsetParam    = kindOffset    // an offset that the call moves on
	StatParam      = kindStat      // a struct stat that the call fills
	StatxParam     = kindStatx     // a struct statx that the call fills
	CacheStatParam = kindCacheStat // a struct cachestat that the call fills
)

// Params are the kinds of a call's arguments. ok is false for a call that the language does not know.
func Params(call string) (kinds []ParamKind, ok bool) {
	r, ok := rowOf(call)
	if !ok {
		return nil, false
	}
	for _, p := range r.params {
		kinds = append(kinds, p.kind)
	}
	return kinds, true
}

// Quote is s as a string of the language.
func Quote(s string) string { return quote(s) }

// Unquote is the text of a string of the language; what is none stays as it is.
func Unquote(s string) string {
	toks, _ := lex(nil, s)
	if toks[0].kind == tokString {
		return toks[0].text
	}
	return s
}

// Number is the value of a C integer.
func Number(text string) (uint64, bool) { return number(text) }

// Constant is the value of an argument that holds no bound name, however it is spelt; 0 where it has none.
func Constant(text string) uint64 {
	x, err := newCursor(text).expr(1)
	if err != nil {
		return 0
	}
	v, _ := fold(x)
	return v
}

// FormatErrno is the answer of a call that has failed with n.
func FormatErrno(n syscall.Errno) string { return formatErrno(n) }

// FormatOpenFlags are the flags of open by their names.
func FormatOpenFlags(flags uint64) string { return openFlags.Format(flags) }

// OutsidePath reports whether a path is of something outside the model: a terminal, procfs.
func OutsidePath(path string) bool { return outsideTree(path) }

// Visible is text with a question mark for each character that would move a terminal's cursor.
func Visible(text string) string { return strings.Map(visible, text) }

// Append reads a line and adds it to the program.
func (p *Parser) Append(prog *Program, text string) error { return p.into(prog, text) }
