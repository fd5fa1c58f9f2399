package session

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm/trace"
)

// Stop is an event or a change at which a motion ends.
type Stop struct {
	ID   int
	What string     // as it was typed
	If   *Condition // nil for none
	Do   []string   // commands for the prompt to run when it is met
	Hits int

	fits  func(s *Session, e trace.Event) bool // of a break; nil for a watch
	watch *watch
}

// Met is a stop that was met.
type Met struct {
	*Stop
	At       Moment
	Old, New string // of a watch: what it was, and is
}

// meanings are the events that break knows by what they mean: kinds of steps.
var meanings = map[string][]trace.Kind{
	"fault":       {trace.Faulted},
	"minor-fault": {trace.FaultMinor},
	"major-fault": {trace.FaultMajor},
	"cow":         {trace.CowBroken},
	"cow-reuse":   {trace.CowReused},
	"reclaim":     {trace.ReclaimStarted, trace.KswapdRan, trace.SwapOut, trace.CacheRemoved},
	"evict":       {trace.PageEvicted, trace.PageSwapped},
	"refault":     {trace.Refaulted},
	"oom":         {trace.Killed},
	"writeback":   {trace.WritebackStarted},
	"dirty":       {trace.PageDirtied},
	"signal":      {trace.SignalRaised},
	"readahead":   {trace.ReadaheadPlanned},
	"swap-in":     {trace.SwapIn},
	"swap-out":    {trace.SwapOut},
	"merge":       {trace.AreaMerged},
	"split":       {trace.AreaSplit},
	"disk":        {trace.IoSubmitted},
	"error":       {trace.Refused},
	"fork":        {trace.ProcessForked},
	"flusher":     {trace.FlusherRan},
	"throttle":    {trace.Throttled, trace.HighDelayed},
	"guard":       {trace.GuardHit},
}

// Meanings are the words that break knows.
func Meanings() []string {
	var words []string
	for w := range meanings {
		words = append(words, w)
	}
	slices.Sort(words)
	return append(words, "copy")
}

// Break reads what to stop at: a meaning, copy > N, call NAME, fn NAME, step KIND or line N, each with "if COND" after
// it.
func (s *Session) Break(text string) (*Stop, error) {
	st := &Stop{What: text}
	what, cond, has := strings.Cut(text+" ", " if ")
	if has && strings.TrimSpace(cond) == "" {
		return nil, errors.New("a condition follows if: break " + what + " if minflt > 2")
	}
	if has {
		var err error
		if st.If, err = s.Condition(cond); err != nil {
			return nil, err
		}
	}
	words := strings.Fields(what)
	if len(words) == 0 {
		return nil, fmt.Errorf("break wants an event: %s; or copy > N, call NAME, fn NAME, step KIND, line N",
			strings.Join(Meanings(), ", "))
	}
	var err error
	if st.fits, err = fitting(words[0], words[1:]); err != nil {
		return nil, err
	}
	return s.addStop(st), nil
}

func (s *Session) addStop(st *Stop) *Stop {
	s.lastStop++
	st.ID = s.lastStop
	s.stops = append(s.stops, st)
	return st
}

// Stops are all that are set.
func (s *Session) Stops() []*Stop { return s.stops }

// Delete takes a stop back; false where there is none of that number.
func (s *Session) Delete(id int) bool {
	n := len(s.stops)
	s.stops = slices.DeleteFunc(s.stops, func(st *Stop) bool { return st.ID == id })
	return len(s.stops) < n
}

// fitting is the test that steps must pass.
func fitting(word string, args []string) (func(*Session, trace.Event) bool, error) {
	if kinds, ok := meanings[word]; ok && len(args) == 0 {
		return func(_ *Session, e trace.Event) bool { return slices.Contains(kinds, e.Kind) }, nil
	}
	if _, ok := meanings[word]; ok {
		return nil, fmt.Errorf("%s is an event alone, or with a condition: break %s if minflt > 2", word, word)
	}
	switch word {
	case "copy":
		return fittingCopy(args)
	case "call":
		return fittingCall(args)
	case "fn":
		return fittingFunction(args)
	case "step":
		return fittingKind(args)
	case "line":
		return fittingLine(args)
	}
	if k, ok := trace.KindNamed(word); ok && len(args) == 0 {
		return func(_ *Session, e trace.Event) bool { return e.Kind == k }, nil
	}
	if _, ok := script.Signature(word); ok && len(args) == 0 {
		return nil, fmt.Errorf("there is no event %q; it is a system call: break call %s", word, word)
	}
	if meant := eventsMeant[strings.ToLower(word)]; meant != "" && len(args) == 0 {
		return nil, fmt.Errorf("there is no event %q; it is break %s", word, meant)
	}
	return nil, unknown("event", word, append(Meanings(), "call", "fn", "step", "line"))
}

// eventsMeant are the events that people call otherwise.
var eventsMeant = map[string]string{"sigsegv": "signal", "sigbus": "signal", "segv": "signal", "segfault": "signal",
	"page-fault": "fault", "pagefault": "fault", "copy-on-write": "cow", "swap": "swap-out", "io": "disk",
	"write": "call write", "kswapd": "reclaim", "eviction": "evict", "readahead": "readahead"}

func unknown(what, word string, known []string) error {
	near := script.Nearest(word, known)
	for _, k := range known {
		if near == "" && word != "" && strings.HasPrefix(k, word) {
			near = k
		}
	}
	if near != "" {
		return fmt.Errorf("there is no %s %q; did you mean %s?", what, word, near)
	}
	if len(known) > 30 {
		return fmt.Errorf("there is no %s %q", what, word)
	}
	return fmt.Errorf("there is no %s %q; there are %s", what, word, strings.Join(known, ", "))
}

// fittingCopy reads [> N]: copies of bytes by the processor, of more than N.
func fittingCopy(args []string) (func(*Session, trace.Event) bool, error) {
	var n uint64
	if len(args) > 0 {
		number, ok := strings.CutPrefix(strings.Join(args, " "), ">")
		var err error
		if n, err = strconv.ParseUint(strings.TrimSpace(number), 10, 64); !ok || err != nil {
			return nil, fmt.Errorf("copy is followed by > and a number of bytes: break copy > 100")
		}
	}
	kinds := []trace.Kind{trace.CopyToUser, trace.CopyFromUser, trace.CopyKernel, trace.CopyCow}
	return func(_ *Session, e trace.Event) bool { return e.Bytes > n && slices.Contains(kinds, e.Kind) }, nil
}

func oneWord(args []string, example string) (string, error) {
	if len(args) != 1 {
		return "", fmt.Errorf("one word is wanted: %s", example)
	}
	return args[0], nil
}

func fittingCall(args []string) (func(*Session, trace.Event) bool, error) {
	name, err := oneWord(args, "break call mmap")
	if err != nil {
		return nil, err
	}
	if _, ok := script.Signature(name); !ok {
		return nil, unknown("call", name, script.CallNames())
	}
	return func(_ *Session, e trace.Event) bool {
		return e.Kind == trace.SyscallEnter && syscalls.Number(e.Args[0]).String() == name
	}, nil
}

func fittingFunction(args []string) (func(*Session, trace.Event) bool, error) {
	name, err := oneWord(args, "break fn do_wp_page")
	if err != nil {
		return nil, err
	}
	kinds, known := map[trace.Kind]bool{}, []string{}
	for k := range trace.NumKinds {
		known = append(known, k.Function())
		if k.Function() == name {
			kinds[k] = true
		}
	}
	if len(kinds) == 0 {
		return nil, unknown("function in the table of steps", name, known)
	}
	return func(_ *Session, e trace.Event) bool { return kinds[e.Kind] }, nil
}

func fittingKind(args []string) (func(*Session, trace.Event) bool, error) {
	name, err := oneWord(args, "break step cache-miss")
	if err != nil {
		return nil, err
	}
	k, ok := trace.KindNamed(name)
	if !ok {
		return nil, unknown("kind of step", name, trace.KindNames())
	}
	return func(_ *Session, e trace.Event) bool { return e.Kind == k }, nil
}

// fittingLine stops before a statement of the program's file: when the one before it is done.
func fittingLine(args []string) (func(*Session, trace.Event) bool, error) {
	var line int
	if word, err := oneWord(args, "break line 12"); err != nil {
		return nil, err
	} else if line, err = strconv.Atoi(word); err != nil {
		return nil, fmt.Errorf("%q is no line: break line 12", word)
	}
	return func(s *Session, e trace.Event) bool {
		ops := s.scanning().branch.ops
		n := int(e.Args[0])
		return e.Kind == trace.StatementDone && n < len(ops) && ops[n].Line == line
	}, nil
}
