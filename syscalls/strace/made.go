package strace

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Why a program has statements that no line of the log has.
const (
	madeOpen   = "descriptors that were open before the log begins, or that it does not show opened"
	madeClose  = "descriptors that the log does not show closed"
	madeUnmap  = "memory that the log does not show unmapped"
	madeRoot   = "processes that were there before the log begins"
	madeThread = "threads that were there before the log begins"
	madeExec   = "images of programs whose execve the log does not show"
	madeEarly  = "children whose lines come before their parent's"
	madeRange  = "descriptors that close_range closes"
	madeSeek   = "positions of files that the log reads to their end from a place that it does not show"
	madeHole   = "files that are larger than a program's may be"
)

func hex(a uint64) string { return "0x" + strconv.FormatUint(a, 16) }

// parseAddr is an address as tracers print it.
func parseAddr(s string) (uint64, bool) {
	if s == "NULL" || s == "nil" {
		return 0, true
	}
	return script.Number(s)
}

// unquoted is the text of a string that a tracer has printed, as much of it as there is.
func unquoted(a string) string { return script.Unquote(strings.TrimSuffix(a, "...")) }

// who is the process in front of a statement.
func (im *importer) who(t *task) string { return "[" + strconv.Itoa(t.number) + "] " }

// made writes a statement that the log does not have.
func (im *importer) made(t *task, text, result, why string) {
	if !im.writing {
		return
	}
	im.account.madeFor(why, im.no, text)
	im.emit(t, text, result)
}

// directive writes a line that no process runs.
func (im *importer) directive(text string) {
	op, err := im.sink.parse(text)
	if err == nil && im.sink.head == nil && op.Do != nil {
		_, err = im.sink.run(op)
	}
	if err != nil {
		im.differs(run.Difference{Op: text, What: "directive", Got: short(err)})
	}
	im.sink.write(text)
}

// emit writes a statement, and runs it where the import checks. result is what comes after the equals sign; notes
// stand under the statement. It is false for a statement that the language does not have, or that cannot run.
func (im *importer) emit(t *task, text, result string, notes ...string) (written bool) {
	if !im.writing {
		return false
	}
	equals := ""
	if result != "" {
		equals = " = "
	}
	head := "[" + strconv.Itoa(t.number) + "] " + text + equals + result
	for _, n := range notes {
		head += "\n    " + n
	}
	op, err := im.sink.parse(head)
	if err != nil {
		why := "not of the language: " + short(err)
		if strings.Contains(text, ", ...") {
			why = "the log leaves arguments out (...): strace prints them with -v -s 4096"
		}
		im.refused(head, why)
		im.remark(t, text+" = "+result)
		return false
	}
	diffs, err := im.sink.run(op)
	if err != nil {
		im.refused(head, "cannot run: "+short(err))
		return false
	}
	if len(diffs) > 0 {
		if other := im.elsewhere(t, op); other != "" {
			head, diffs = im.who(t)+other+" = "+result, nil
		} else if other := im.unheld(im.who(t)+text, op); other != "" {
			head, diffs = other, nil
		} else if im.readsToEnd(t, text, op) {
			diffs = nil
		}
	}
	im.sink.write(head)
	im.report.Statements++
	for _, d := range diffs {
		im.differs(d)
	}
	return true
}

// refused removes a statement that cannot be in the program from those that run.
func (im *importer) refused(text, why string) {
	if im.account.by[Ran] > 0 {
		im.account.by[Ran]--
		fate := NotUnderstood
		if strings.Contains(why, "unknown name ") || im.ltrace && strings.Contains(why, " arguments, not ") {
			// A call of the model with a flag that the language does not have, or one of which ltrace prints a part.
			fate = Outside
		}
		im.count(fate, why, 1, text)
	}
}

// mostDifferences bounds how many differences a report has.
const mostDifferences = 20

func (im *importer) differs(d run.Difference) {
	im.report.Differing++
	if len(im.report.Differences) < mostDifferences {
		d.File, d.Line, d.Op = im.name, im.sink.lines, strings.Clone(d.Op)
		im.report.Differences = append(im.report.Differences, Difference{im.no, d})
	}
}

// elsewhere is the statement that asks for the place that the log has, where the model has chosen another: other
// kernels choose otherwise, and where two threads run at once the log does not show who was first. It is empty where
// that does not help.
func (im *importer) elsewhere(t *task, op *script.Op) string {
	call, ok := op.Do.(*script.Call)
	if !ok || call.Want == nil || call.Want.Errno != 0 || call.Want.X == nil || len(call.Args) < 3 {
		return ""
	}
	res := im.sink.runner.Result()
	got, failed := res.Value, res.Errno != 0
	want := constant(call.Want.X.String())
	size := constant(call.Args[1].X.String())
	args := make([]string, len(call.Args))
	for i, a := range call.Args {
		args[i] = a.X.String()
	}
	who := im.who(t)
	text := ""
	switch {
	case call.Name == "shmat" && !failed:
		im.sink.aside(fmt.Sprintf("%sshmdt(%s)", who, hex(got)))
		text = fmt.Sprintf("shmat(%s, %s, %s)", args[0], hex(want), args[2])
	case call.Name == "mmap" && len(args) == 6 && !failed && constant(args[3])&mapFixed == 0:
		im.sink.aside(fmt.Sprintf("%smunmap(%s, %d)", who, hex(got), size))
		if constant(args[0]) == want {
			args[3] += "|MAP_FIXED_NOREPLACE" // a hint may lose against what suits huge pages
		}
		args[0] = hex(want)
		text = "mmap(" + strings.Join(args, ", ") + ")"
	case call.Name == "mremap" && !failed && len(args) > 3 && constant(args[3]) == mayMove && constant(args[0]) != want:
		back := fmt.Sprintf("%smremap(%s, %s, %s, 0)", who, hex(got), args[2], args[1])
		if got != constant(args[0]) {
			back = fmt.Sprintf("%smremap(%s, %s, %s, MREMAP_MAYMOVE|MREMAP_FIXED, %s)",
				who, hex(got), args[2], args[1], args[0])
		}
		im.sink.aside(back)
		text = fmt.Sprintf("mremap(%s, %s, %s, MREMAP_MAYMOVE|MREMAP_FIXED, %s)", args[0], args[1], args[2], hex(want))
	default:
		return ""
	}
	return im.heldInstead(asked, text, who+text+" = "+hex(want))
}

// heldInstead runs the statement with its answer. Where that holds, the text is what stands in the program for the
// line of the log; else it is empty.
func (im *importer) heldInstead(why, text, withAnswer string) string {
	again, err := im.sink.parse(withAnswer)
	if err != nil {
		return ""
	}
	if diffs, err := im.sink.run(again); err != nil || len(diffs) > 0 {
		return ""
	}
	im.account.madeFor(why, im.no, text)
	return text
}

// mayMove is MREMAP_MAYMOVE.
const mayMove = 1

// unheld is a statement without its answer, where that says what the program has loaded and stored: a log does not.
// What an lseek has found there is where it goes. It is empty for other statements.
func (im *importer) unheld(text string, op *script.Op) string {
	call, ok := op.Do.(*script.Call)
	if !ok || call.Want == nil {
		return ""
	}
	answer := " = ?"
	switch args := call.Args; {
	case call.Name == "mincore":
	case call.Name == "lseek" && len(args) == 3 && unseenPlace(args[2].X.String()):
		if call.Want.Errno == 0 && call.Want.X != nil {
			to := call.Want.X.String()
			who, _, _ := strings.Cut(text, "lseek(")
			text, answer = fmt.Sprintf("%slseek(%s, %s, SEEK_SET)", who, args[0].X.String(), to), " = "+to
		}
	default:
		return ""
	}
	return im.heldInstead(unknownAccesses, text+answer, text+answer)
}

// unseenPlace reports whether an lseek goes to where the log does not show: the position of a file that others read
// and write too, a hole or data.
func unseenPlace(whence string) bool {
	w := constant(whence)
	return w == 1 || w == 3 || w == 4
}

// readsToEnd reports whether a read has the log's result once the file's position is put where the log must have had
// it. A read that got less than it asked for has reached the file's end; where the descriptor was open before the log
// begins, the log does not show from where it has read.
func (im *importer) readsToEnd(t *task, text string, op *script.Op) bool {
	call, ok := op.Do.(*script.Call)
	if !ok || call.Name != "read" || len(call.Args) != 3 || call.Want == nil || call.Want.X == nil {
		return false
	}
	fd, want := call.Args[0].X.String(), constant(call.Want.X.String())
	if want >= constant(call.Args[2].X.String()) || im.sink.runner.Result().Value <= want || !im.inherited(t, fd) {
		return false
	}
	im.made(t, fmt.Sprintf("lseek(%s, -%d, SEEK_END)", fd, want), "?", madeSeek)
	again, err := im.sink.parse(im.who(t) + text + " = " + strconv.FormatUint(want, 10))
	if err != nil {
		return false
	}
	diffs, err := im.sink.run(again)
	return err == nil && len(diffs) == 0
}

// inherited reports whether what a number is open for was open before the log begins.
func (im *importer) inherited(t *task, fd string) bool {
	o := im.fd(t, fd)
	for _, s := range t.fds.root.initial {
		if s.open == o {
			return o != nil
		}
	}
	return false
}

// unknownAccesses is why a statement has no answer.
const unknownAccesses = "answers that depend on what a log does not have: loads, stores, what others do with a file"

// asked is why a mapping has an address that the program did not ask for.
const asked = "mappings that ask for the log's address, since Linux 6.18 would choose another"

// askedUnknown is why in a log that begins in the middle.
const askedUnknown = "mappings that ask for the log's address, since it begins in the middle"
