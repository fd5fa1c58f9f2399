package strace

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
)

// Checking says whether the program is run in the model while it is written.
type Checking uint8

const (
	Checked   Checking = iota // it is: what does not agree is reported, and what mmap chose otherwise is asked for
	Unchecked                 // it is not
)

// Options say how a log is imported.
type Options struct {
	Checking Checking
	// Spill, if set, takes what a long log needs of its programs, and memory does not grow with them.
	Spill Spill
	// Progress, if set, is called now and then with how many bytes of the log's readings are done, of how many.
	Progress func(done, all int64)
}

// readings is how often a log is read.
const readings = 3

// Import reads a log three times and writes the program to out: results are assertions, the layout is worked out from
// the log, files get the sizes that it shows. name is what the program says it comes from.
func Import(name string, log io.ReadSeeker, out io.Writer, how Options) (*Report, error) {
	size, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	im := &importer{directories: map[string]bool{}, name: name, size: size, how: how}
	im.images.spill = how.Spill
	for _, path := range []string{"/", "/dev/shm", "/tmp", "/data"} {
		im.directories[path] = true // every machine of the model has them
	}
	if err := im.surveys(log); err != nil {
		return nil, err
	}
	im.begin()
	if err := im.readAll(log, im.take); err != nil {
		return nil, err
	}
	im.writing = true
	im.begin()
	w := bufio.NewWriterSize(out, 1<<16)
	im.sink = newSink(name, w, how.Checking)
	im.writeHead()
	if err := im.readAll(log, im.take); err != nil {
		return nil, err
	}
	if im.how.Progress != nil {
		im.how.Progress(1, 1)
	}
	im.leftOver()
	if err := cmp.Or(w.Flush(), im.images.err); err != nil {
		return nil, err
	}
	return im.finish(), nil
}

// importer is the state of an import.
type importer struct {
	name    string
	size    int64
	how     Options
	reading int  // which it is, from 0
	writing bool // it is the last
	no      int  // line of the log
	*survey

	// What the second reading finds and the third uses, in the order in which it comes in either.
	files                         []*file
	roots                         []*root
	images                        imageStore
	nextFile, nextImage, nextRoot int
	nextEnd                       int
	largest                       uint64 // the largest mapping that counts as memory
	aligned, unaligned            int    // large mappings of files
	anonNames                     bool   // programs may name their memory
	ext4                          bool   // a file has given a range back, as ext4's do
	directories                   map[string]bool

	// The state of one reading.
	tasks   map[string]*task // by the log's number; "" is the process of lines without one
	order   []*task          // as they have come
	born    int              // those that are no roots
	leaders map[string]*task // processes that have no line of their own, by the number that their threads say
	names   map[string]*file
	moved   map[string]bool // names that files have in the program and no longer in the log
	linked  bool            // some file has several names
	nothing *file
	hidden  int                 // paths that the log does not show
	faulted map[uint64]bool     // pages that perf trace has shown a fault of
	partial string              // the first part of a line that the tracer's own message has cut
	held    string              // a line that goes on after a backslash
	writer  string              // a write whose bytes the terminal shows in the middle of its line
	shown   int                 // lines since then
	cut     bool                // the line at hand has no end
	begun   []begunCall         // qemu's
	threads map[string][]string // of qemu's processes, which have their process's number on all their lines
	parts   uint64              // statements that large has made
	// segments are the numbers in the program of those of shared memory, by the log's.
	arrived     map[string]bool // early children whose birth has been read
	segments    map[uint64]uint64
	sizes       map[uint64]uint64 // of segments, by the log's numbers
	lastSegment uint64
	filled      int64    // bytes of the files that are in the program
	args        []string // of the call at hand
	l           line
	sink        *sink
	account     account
	report      Report
}

// begin makes the importer ready for a reading.
func (im *importer) begin() {
	im.no, im.nextFile, im.nextImage, im.nextRoot, im.nextEnd = 0, 0, 0, 0, 0
	im.born, im.order = 0, nil
	im.arrived = map[string]bool{}
	im.tasks, im.leaders = map[string]*task{}, map[string]*task{}
	im.names, im.moved = map[string]*file{}, map[string]bool{}
	im.faulted, im.partial, im.held, im.hidden = map[uint64]bool{}, "", "", 0
	im.writer, im.shown, im.segments, im.lastSegment = "", 0, map[uint64]uint64{}, 0
	im.sizes = map[uint64]uint64{}
	im.begun, im.threads = nil, map[string][]string{}
	im.account = account{reasons: map[reasonKey]*Reason{}, made: map[string]*Reason{}}
}

// surveys is the first reading.
func (im *importer) surveys(log io.ReadSeeker) error {
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := newLines(log)
	var sample []string
	for len(sample) < prefixSample {
		s, _, ok := in.next()
		if !ok {
			break
		}
		sample = append(sample, s)
	}
	v := newSurveyor(prefixesOf(sample), slices.ContainsFunc(sample, isQEMU))
	im.survey = v.survey
	im.begin()
	defer im.ends.settle()
	return im.readAll(log, v.look)
}

// readAll reads the log once, a line at a time.
func (im *importer) readAll(log io.ReadSeeker, fn func(*line)) error {
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := newLines(log)
	for {
		s, long, ok := in.next()
		if !ok {
			break
		}
		im.no, im.cut = in.no, in.cut
		if im.no&0xffff == 0 && im.how.Progress != nil {
			im.how.Progress(int64(im.reading)*im.size+in.read, readings*im.size)
		}
		if long {
			im.count(NotUnderstood, "the line is over 1 MiB long", 1, "")
			continue
		}
		s = cutPrefixes(im.survey.prefixes, s)
		switch {
		case im.survey.qemu:
			im.qemu(s, fn)
		case !im.joined(&s) || im.writer != "" && !im.goesOn(&s):
		default:
			if im.l.parse(s); !im.holds(s) {
				fn(&im.l)
			}
		}
	}
	if im.partial+im.held != "" {
		im.count(NotUnderstood, "the log ends in the middle of the line", 1, im.partial+im.held)
	}
	im.giveUpOutput()
	im.giveUpBegun()
	im.reading++
	if in.err == io.EOF {
		return nil
	}
	return in.err
}

// joined puts a line together that was cut in two: by a backslash, or by "strace: Process 12 attached", as happens on a
// terminal. It is false where the rest is yet to come.
func (im *importer) joined(s *string) bool {
	if head, ok := strings.CutSuffix(*s, " \\"); ok {
		im.held += head + " "
		im.count(Talk, "goes on in the next line", 1, *s)
		return false
	}
	if im.held != "" {
		*s, im.held = im.held+strings.TrimLeft(*s, " "), ""
	}
	if im.partial != "" {
		*s, im.partial = im.partial+*s, ""
	}
	head, pid, ok := strings.Cut(*s, "strace: Process ")
	attached := strings.HasSuffix(pid, " attached")
	if !ok || !attached && !strings.HasSuffix(pid, " detached") {
		return true
	}
	if strings.Contains(head, "\"") {
		return true // the user has written these words
	}
	if attached {
		im.survey.attached[strings.Clone(firstWord(pid))] = true
	}
	im.partial = head
	im.count(Talk, "the tracer's own words", 1, *s)
	return false
}

// noForm is why a line is not understood.
const noForm = "no line of a log looks like this"

// other takes in a line that is no whole call, and no part of one that can be joined to the rest.
func (im *importer) other(l *line) {
	switch {
	case l.open && isCallName(l.name):
		im.count(Outside, noAnswer, 1, l.text)
	case im.cut:
		im.count(Talk, "the log ends in the middle of the line", 1, l.text)
	default:
		im.count(NotUnderstood, noForm, 1, l.text)
	}
}

// count takes lines to the account of the last reading.
func (im *importer) count(f Fate, why string, n int, text string) {
	if im.writing {
		im.account.count(f, why, n, im.no, text)
	}
}

// take takes in one line.
func (im *importer) take(l *line) {
	switch l.kind {
	case lineOther:
		im.other(l)
		return
	case lineStack:
		im.count(Talk, "a stack frame", 1, l.text)
		return
	case lineMessage:
		im.count(Talk, "the tracer's own words", 1, l.text)
		return
	case lineRemark:
		im.count(Talk, "a remark or an empty line", 1, l.text)
		return
	}
	if im.survey.ofLibrary(l) {
		im.count(Outside, "a call of a library", 1, l.name)
		return
	}
	t := im.task(l.pid)
	if t == nil {
		im.count(Outside, "of a process that has ended", 1, l.text+l.name)
		return
	}
	switch l.kind {
	case lineUnfinished:
		im.unfinished(t, l)
	case lineResumed:
		im.resumed(t, l)
	case lineCall:
		im.call(t, l, 1)
	case lineSignal:
		im.signal(t, l)
	case lineFault:
		if im.writing {
			im.report.Faults++
		}
		im.fault(t, l)
	case lineExit:
		im.exited(t, l)
	}
}

// writeHead writes what comes before the first statement, and makes the processes that the log has not seen born.
func (im *importer) writeHead() {
	im.directive("# Imported from " + script.Visible(im.name) + ".")
	im.machine()
	for i, r := range im.roots {
		t := &task{number: i + 1, pid: r.pid, fds: &table{root: r}, space: &space{image: r.image}}
		if i > 0 {
			im.made(&task{number: 1}, "fork()", strconv.Itoa(t.number), madeRoot)
		}
		im.writeLayout(t)
		if i == 0 {
			im.sink.start()
		} else {
			im.closeInherited(t)
		}
		im.writeInitial(t)
	}
	if len(im.roots) == 0 {
		im.sink.start()
	}
}

// machine says what the log shows of the machine.
func (im *importer) machine() {
	words := ""
	const usual = 24 << 30
	if ram := uint64(usual); im.largest > ram/2 {
		for ram < 2*im.largest {
			ram *= 2
		}
		words += " ram=" + strconv.FormatUint(ram>>30, 10) + "G"
	}
	if im.ext4 || im.aligned > 0 && im.unaligned == 0 {
		words += " fs=ext4"
	}
	if im.anonNames {
		words += " anon_names=on"
	}
	if words != "" {
		im.directive(".machine" + words)
	}
}

// writeLayout writes the layout of a task's image.
func (im *importer) writeLayout(t *task) {
	if l := t.space.image.layout(); len(l.Areas) > 0 {
		im.directive(im.who(t) + l.String())
	}
}

// closeInherited closes in a root that was made by fork what the first root has open.
func (im *importer) closeInherited(t *task) {
	for _, n := range slices.Sorted(maps.Keys(im.roots[0].initial)) {
		if n > 2 {
			im.made(t, "close("+strconv.Itoa(n)+")", "0", madeRoot)
		}
	}
}

// writeInitial opens the descriptors that a root has from the beginning.
func (im *importer) writeInitial(t *task) {
	r := t.fds.root
	lowest := 3
	for _, n := range slices.Sorted(maps.Keys(r.initial)) {
		f, flags := r.initial[n].open.file, cmp.Or(r.initial[n].open.flags, "O_RDWR")
		if n < 3 && f.other {
			continue
		}
		path := f.path
		if f.other {
			path = "/dev/unseen"
		}
		im.place(t, f)
		im.made(t, "openat(AT_FDCWD, "+script.Quote(path)+", "+flags+")", strconv.Itoa(lowest), madeOpen)
		if n == lowest {
			lowest++
			continue
		}
		im.made(t, fmt.Sprintf("dup2(%d, %d)", lowest, n), strconv.Itoa(n), madeOpen)
		im.made(t, fmt.Sprintf("close(%d)", lowest), "0", madeOpen)
	}
}

// leftOver accounts for calls that have no second half.
func (im *importer) leftOver() {
	for _, t := range im.order {
		im.abandon(t)
	}
}

func (im *importer) finish() *Report {
	r := &im.report
	r.Lines = im.no
	r.Checked = im.how.Checking == Checked && im.sink.stopped == nil
	im.account.into(r)
	return r
}
