package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/strace"
)

var importCommand = command{
	name: "import", args: "LOG", line: "make a program of a log of strace -f",
	text: `The program goes to stdout; what became of each line, and why, to stderr. LOG may be - for standard input.
It is a log of strace with any of its options, of ltrace -S, perf trace or qemu -strace, whole or a part of one. The
log is read three times; a terminal shows how far it is. Memory grows with the files of a log, not with its lines and
programs. The program is run in the model too, unless the log is over 64 MiB.`,
	examples: []string{
		"vmsim import syscalls/strace/testdata/everyday/git-version-fixed.log",
	},
	run: (*app).importLog,
}

// checkedLog is the size up to which an imported log is run in the model as well.
const checkedLog = 64 << 20

func (a *app) importLog(f *flags) int {
	if len(f.rest) != 1 {
		return a.fail(&usageError{"import wants one log", "strace -f -o t.log ./app; vmsim import t.log > t.vms"})
	}
	log, size, err := a.openLog(f.rest[0])
	if err != nil {
		return a.fail(err)
	}
	defer log.Close()
	how := strace.Options{}
	if size > checkedLog {
		how.Checking = strace.Unchecked
	}
	how.Progress = a.importProgress()
	if file, err := scratchFile(); err == nil {
		defer file.Close()
		how.Spill = file
	}
	r, err := strace.Import(f.rest[0], log, a.out, how)
	if err != nil {
		return a.fail(err)
	}
	a.reportImport(r)
	if !r.Understood() {
		a.reportNoLog(f.rest[0], size)
		return exitFailed
	}
	return exitFine
}

// reportNoLog says why nothing of a file was understood, and what to type.
func (a *app) reportNoLog(name string, size int64) {
	try := "strace -f -o LOG ls, and then vmsim import LOG"
	if size == 0 {
		fmt.Fprintf(a.err, "vmsim: %s is empty: is the program still running?\n", name)
	} else {
		fmt.Fprintf(a.err, "vmsim: %s: no line of it is a call: is it a log of strace?\n", name)
		if _, err := a.program(name); err == nil && name != "-" {
			fmt.Fprintln(a.err, "It is a program already.")
			try = "vmsim run " + name
		}
	}
	fmt.Fprintln(a.err, "Try:", try)
}

// openLog opens a log that can be read more than once: what comes from a pipe goes to a file first.
func (a *app) openLog(name string) (*os.File, int64, error) {
	if name != "-" {
		log, err := os.Open(name)
		if err != nil {
			return nil, 0, err
		}
		info, err := log.Stat()
		if err == nil && info.Mode().IsRegular() {
			return log, info.Size(), nil
		}
		defer log.Close()
		return spool(log)
	}
	return spool(a.in)
}

// spool keeps what comes from r in a file without a name.
func spool(r io.Reader) (*os.File, int64, error) {
	file, err := scratchFile()
	if err != nil {
		return nil, 0, err
	}
	n, err := io.Copy(file, r)
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, n, nil
}

// scratchFile is a file without a name.
func scratchFile() (*os.File, error) {
	file, err := os.CreateTemp("", "vmsim-import-")
	if err == nil {
		_ = os.Remove(file.Name()) // where a file that is open cannot be removed, it stays
	}
	return file, err
}

// importProgress shows how far a long import is, where a person looks on.
func (a *app) importProgress() func(done, all int64) {
	screen, ok := a.err.(*os.File)
	if !ok || !isTerminal(screen, screen) {
		return nil
	}
	start, shown := time.Now(), time.Time{}
	return func(done, all int64) {
		now := time.Now()
		if now.Sub(start) < time.Second || now.Sub(shown) < time.Second/4 {
			return
		}
		shown = now
		const width = 40
		full := int(done * width / max(all, 1))
		bar := strings.Repeat("=", full) + strings.Repeat(" ", width-full)
		fmt.Fprintf(a.err, "\r[%s] %3d%%", bar, done*100/max(all, 1))
		if done >= all {
			fmt.Fprint(a.err, "\r", strings.Repeat(" ", width+8), "\r")
		}
	}
}

// reportImport says what has become of the log's lines.
func (a *app) reportImport(r *strace.Report) {
	fmt.Fprintf(a.err, "%s: %d run, %d outside the model (they take the log's answer), "+
		"%d without a call, %d not understood\n", plural.Count(r.Lines, "line", "lines"),
		r.By[strace.Ran], r.By[strace.Outside], r.By[strace.Talk], r.By[strace.NotUnderstood])
	a.reportReasons(r.Reasons)
	if r.Compat > 0 {
		fmt.Fprintf(a.err, "%s of a 32-bit program or an old kernel, and run under the name of today\n",
			plural.Count(r.Compat, "call is", "calls are"))
	}
	if len(r.Made) > 0 {
		fmt.Fprintf(a.err, "The program has statements that the log leaves out, or has otherwise:\n")
	}
	for _, x := range r.Made {
		fmt.Fprintf(a.err, "%7d  %s\n", x.Lines, x.Why)
	}
	switch {
	case !r.Checked:
		fmt.Fprintln(a.err, "The program has not been run: vmsim test says whether it agrees with the model.")
	case r.Statements == 0:
	case r.Differing == 0:
		fmt.Fprintf(a.err, "%s in the model what the log says.\n",
			plural.Count(r.Statements, "statement gives", "statements give"))
	default:
		fmt.Fprintf(a.err, "In the model %d of %s another result than in the log:\n",
			r.Differing, plural.Count(r.Statements, "statement has", "statements have"))
		for _, d := range r.Differences {
			fmt.Fprintf(a.err, "  line %d of the program, %d of the log: %s: wanted %s, got %s\n    %s\n",
				d.Line, d.LogLine, d.What, d.Want, d.Got, d.Op)
		}
	}
	if r.Faults == 0 && r.Understood() {
		fmt.Fprint(a.err, `The log has the program's calls, but not its loads and stores, nor the page faults of those.
Try: vmsim run --show maps,copy FILE.vms    what each call changes
     vmsim shadow --save FILE.vms -- PROGRAM, and then vmsim run --total FILE.vms
                                            all page faults and copies, if the program runs here
`)
	}
}

// reportReasons says why lines do not run. The calls that the model does not have are one reason.
func (a *app) reportReasons(reasons []strace.Reason) {
	var calls []string
	var others []strace.Reason
	lines := 0
	for _, x := range reasons {
		if call, ok := strings.CutPrefix(x.Why, strace.NoCall); ok {
			calls = append(calls, fmt.Sprintf("%s:%d", call, x.Lines))
			lines += x.Lines
			continue
		}
		others = append(others, x)
	}
	if lines > 0 {
		fmt.Fprintf(a.err, "%7d  %s: calls that the model does not have:\n", lines, strace.Outside)
		fmt.Fprint(a.err, indent(wrap(strings.Join(calls, " "), 70), "         "))
	}
	for i, x := range others {
		if i == 30 {
			fmt.Fprintf(a.err, "       … and %s\n", plural.Count(len(others)-i, "more reason", "more reasons"))
			break
		}
		fmt.Fprintf(a.err, "%7d  %s: %s\n", x.Lines, x.Fate, x.Why)
		if x.Fate == strace.NotUnderstood {
			fmt.Fprintf(a.err, "         first in line %d: %s\n", x.First, x.Text)
		}
	}
}
