package session

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// Symbol is the sign for what a step does: + made, - freed, ~ changed, > disk, * copied, a space for the rest.
func Symbol(k trace.Kind) byte {
	switch k {
	case trace.AreaNew, trace.AreaMerged, trace.AreaGrown, trace.EntrySet, trace.EntryCopied, trace.ZeroPageMapped,
		trace.FrameAllocated, trace.CacheAdded, trace.ProcessForked, trace.FrameRemapped, trace.GuardSet:
		return '+'
	case trace.AreaRemoved, trace.EntryCleared, trace.CacheRemoved, trace.PageTruncated, trace.Unmapped,
		trace.ProcessExited:
		return '-'
	case trace.AreaSplit, trace.AreaFlags, trace.EntryProtected, trace.EntryMoved, trace.CowReused, trace.CowBroken,
		trace.PageDirtied, trace.PageCleaned, trace.WritebackEnded, trace.SwapOut, trace.SwapIn:
		return '~'
	case trace.IoSubmitted, trace.IoCompleted:
		return '>'
	case trace.CopyToUser, trace.CopyFromUser, trace.CopyKernel, trace.CopyCow, trace.CopyZero, trace.DMAIn,
		trace.DMAOut:
		return '*'
	}
	return ' '
}

// Tell is what a step did, in a sentence.
func (s *Session) Tell(e trace.Event) string {
	text := fill(s.sentence(e), e)
	if e.Bytes > 0 {
		text += " (" + plural.Bytes(e.Bytes) + ")"
	}
	if file := s.fileOf(e); file != "" {
		text = strings.Replace(text, "the file", file, 1)
		if !strings.Contains(text, file) {
			text += " of " + file
		}
	}
	if e.Note != "" && e.Kind != trace.Refused {
		text += ": " + e.Note
	}
	return text
}

// sentence is the sentence of a step of this kind, with letters in the place of its arguments. A few steps say more
// than their kind does.
func (s *Session) sentence(e trace.Event) string {
	text := sentenceOf(e)
	switch e.Kind {
	case trace.ReadaheadPlanned:
		text = fmt.Sprintf("the plan is to read pages %d to %d, as far as the file goes; the mark is at page C",
			e.Args[0], e.Args[0]+e.Args[1]-1)
	case trace.BlockMapped:
		if e.Args[1] == 0 {
			text = "page A of the file has no block: what the disk does not have is zeros"
		}
	case trace.Refused:
		text = "A: " + e.Note
	case trace.IoCompleted:
		if wait := s.Branch().waitedAt(Moment(e.Seq)); wait > 0 {
			text += fmt.Sprintf("; the wait for it took %v", wait.Round(10*time.Nanosecond))
		}
	case trace.Faulted:
		text = "a B of A faults"
	case trace.StatementDone:
		text = "statement A is done: " + s.statementText(int(e.Args[0])-1)
	}
	return text
}

// statementText is statement n as it was typed, on one line.
func (s *Session) statementText(n int) string {
	ops := s.Branch().Ops()
	if n < 0 || n >= len(ops) {
		return ""
	}
	head, _, _ := strings.Cut(ops[n].Head(), "\n")
	return head
}

// Sentence is what a step did, from what the step alone knows: Tell knows the names of files too.
func Sentence(e trace.Event) string {
	text := fill(sentenceOf(e), e)
	if e.Bytes > 0 {
		text += " (" + plural.Bytes(e.Bytes) + ")"
	}
	if e.Note != "" {
		text += ": " + e.Note
	}
	return text
}

// sentenceOf is the sentence of a step's kind, before its arguments are put in. A flush is a request without blocks.
func sentenceOf(e trace.Event) string {
	text := e.Kind.Info().Sentence
	request := e.Kind == trace.IoSubmitted || e.Kind == trace.IoCompleted
	switch {
	case request && e.Args[2] == flushRequest && e.Kind == trace.IoSubmitted:
		return "the device is asked to flush its write cache"
	case request && e.Args[2] == flushRequest:
		return "the device has flushed its write cache"
	}
	return singular(text, e)
}

// countedArgs are the words of sentences that agree with the number before them, for numbers other than 1 and for 1.
// The letter is that of the argument.
var countedArgs = map[trace.Kind][]struct{ many, one string }{
	trace.GapSearch:      {{"B bytes", "B byte"}},
	trace.FaultAround:    {{"C cached neighbours of A are", "C cached neighbour of A is"}},
	trace.PageCleaned:    {{"B entries", "one entry"}},
	trace.FlusherRan:     {{"A dirty files", "A dirty file"}, {"B dirty pages", "B dirty page"}},
	trace.Unmapped:       {{"B page tables", "B page table"}},
	trace.IoSubmitted:    {{"B blocks", "B block"}},
	trace.IoCompleted:    {{"B blocks", "B block"}},
	trace.ReclaimStarted: {{"A pages are", "A page is"}},
	trace.ReclaimEnded:   {{"A pages were", "A page was"}},
	trace.KswapdRan:      {{"A pages are free", "A page is free"}, {"than B are", "than B is"}},
	trace.Refaulted:      {{"A others were", "A other was"}},
	trace.Killed:         {{"B pages", "B page"}},
	trace.Throttled:      {{"B pages", "B page"}, {"A milliseconds", "A millisecond"}},
	trace.HighDelayed:    {{"B pages", "B page"}, {"A milliseconds", "A millisecond"}},
}

// singular is a step's sentence with the singular after each argument that is 1.
func singular(text string, e trace.Event) string {
	for _, w := range countedArgs[e.Kind] {
		letter := strings.IndexAny(w.many, "ABC")
		if e.Args[w.many[letter]-'A'] == 1 {
			text = strings.Replace(text, w.many, w.one, 1)
		}
	}
	return text
}

// flushRequest is the direction of a request that moves no block; see trace.ArgDirection.
const flushRequest = 2

// fill replaces the words A, B and C by a step's arguments.
func fill(text string, e trace.Event) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		alone := (i == 0 || !isLetter(text[i-1])) && (i+1 == len(text) || !isLetter(text[i+1]))
		if c >= 'A' && c <= 'C' && alone {
			b.WriteString(FormatArg(e.Kind.Args()[c-'A'], e.Args[c-'A']))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '\'' }

// fileOf is the label of the file that a step names; empty for none.
func (s *Session) fileOf(e trace.Event) string {
	for i, a := range e.Kind.Args() {
		if a == trace.ArgInode {
			return s.fileLabel(e.Args[i])
		}
	}
	return ""
}

// FormatArg is a step's argument as people read it.
func FormatArg(a trace.Arg, v uint64) string {
	switch a {
	case trace.ArgAddr, trace.ArgFrame:
		return fmt.Sprintf("%#x", v)
	case trace.ArgAreaFlags:
		return vm.Flags(v).Permissions()
	case trace.ArgErrno:
		return script.ErrnoName(syscall.Errno(v))
	case trace.ArgCall:
		return syscalls.Number(v).String()
	case trace.ArgSignal:
		return fault.SignalNumber(v).String()
	case trace.ArgDirection:
		return [...]string{"read", "write", "flush"}[min(v, 2)]
	case trace.ArgAccess:
		return [...]string{"load", "store", "fetch"}[min(v, 2)]
	}
	return fmt.Sprint(v)
}
