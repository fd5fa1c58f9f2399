package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"vmsim/syscalls/host"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/shadow"
)

var shadowCommand = command{
	name: "shadow", args: "-- PROGRAM ARGS…", line: "run a program of this machine with the model beside it",
	text: `The program runs as ever, under ptrace, with all its threads and children. After each call on memory the
model's areas are held against /proc/PID/maps; page faults are given to the model and must be of the same kind
there; at the end the resident pages of each area are compared. What differs is printed with what explains it, or
as UNEXPLAINED, which is exit code 1. Faults need root or perf_event_paranoid=-1, and without them vmsim says so.`,
	examples: []string{"vmsim shadow -- true", "vmsim shadow --warm --save /dev/null -- true"},
	flags: []flagHelp{
		{"--save FILE", "write the run as a program there: vmsim test, run and -i take it, without a kernel"},
		{"--warm", "read each file into memory before the program uses it, as the model takes files to be"},
		{"--all", "print every difference that was kept, not just the first of each kind"},
	},
	run: (*app).shadowProgram,
}

func (a *app) shadowProgram(f *flags) int {
	if len(f.rest) == 0 {
		return a.fail(&usageError{"shadow wants a program", "vmsim shadow -- ls"})
	}
	how := shadow.Options{Profile: host.Profile(), Kernel: host.Kernel()}
	if f.has("warm") {
		how.Files = shadow.Warmed
	}
	var save *bufio.Writer
	if name, ok := f.set["save"]; ok {
		file, err := os.Create(name)
		if err != nil {
			return a.fail(err)
		}
		defer file.Close()
		save = bufio.NewWriter(file)
		how.Save = save
	}
	// What the terminal sends goes to the program as well, which ends by it or does not.
	kept := make(chan os.Signal, 8)
	signal.Notify(kept, os.Interrupt, syscall.SIGQUIT)
	r, err := shadow.Run(f.rest, how)
	signal.Stop(kept)
	if err == nil && save != nil {
		err = save.Flush()
	}
	if program := (*exec.Error)(nil); notWritten(err) || errors.As(err, &program) {
		return a.fail(err) // exec.Error: the program was not started
	}
	if err != nil {
		fmt.Fprintf(a.err, "vmsim: %v\n", err)
		return exitNoWay
	}
	a.reportShadow(f.rest[0], r, f.has("all"))
	a.afterShadow(f, r)
	if r.Unexplained() > 0 {
		return exitFailed
	}
	return exitFine
}

// afterShadow names what to type next: the faults and copies of a run are in what it saves.
func (a *app) afterShadow(f *flags, r *shadow.Report) {
	name, saved := f.set["save"]
	switch {
	case r.Blind != "":
		fmt.Fprintf(a.err, "Try: sudo vmsim shadow -- %s\n", strings.Join(f.rest, " "))
	case !saved:
		fmt.Fprintln(a.err, "Try: vmsim shadow --save FILE.vms -- PROGRAM, and then vmsim run --total FILE.vms")
	case name != os.DevNull:
		fmt.Fprintf(a.err, "Try: vmsim run --show faults,copy --total %s\n     vmsim -i %s\n", name, name)
	}
}

// reportShadow says what has become of a run.
func (a *app) reportShadow(name string, r *shadow.Report, all bool) {
	w := a.err
	fmt.Fprintf(w, "\n%s: exit code %d; %s, %s besides the first of each, %s.\n", name, r.Status,
		plural.Count(r.Processes, "process", "processes"), plural.Count(r.Threads, "thread", "threads"),
		plural.Count(r.Images, "image", "images"))
	fmt.Fprintf(w, "%s, of which %d say nothing about memory, files or processes; the areas were compared after %d.\n",
		plural.Count(r.Calls, "call", "calls"), r.Left, r.Memory)
	if r.Blind != "" {
		fmt.Fprintf(w, "Page faults could not be followed: %s.\n", r.Blind)
	} else {
		fmt.Fprintf(w, "%s, %d of them major; the model was given %d.\n",
			plural.Count(r.Faults, "page fault", "page faults"), r.Major, r.Touches)
	}
	if r.Lost > 0 {
		fmt.Fprintf(w, "%s of faults were lost: the program was faster than their reader.\n",
			plural.Count(r.Lost, "record", "records"))
	}
	a.shadowDifferences(r, all)
	own := r.Took - r.Stopped
	fmt.Fprintf(w, "It took %.2f s, of which the program waited %.2f s for vmsim: it ran at least %.1f times slower.\n",
		r.Took.Seconds(), r.Stopped.Seconds(), r.Took.Seconds()/max(own.Seconds(), 1e-6))
}

// shadowDifferences prints what differs, by explanation.
func (a *app) shadowDifferences(r *shadow.Report, all bool) {
	if len(r.By) == 0 {
		fmt.Fprintln(a.err, "The model agrees with the kernel in all of them.")
		return
	}
	seen := map[string]int{}
	for _, d := range r.Differences {
		key := d.What + "\x00" + d.Why
		if seen[key]++; seen[key] > 1 && !all && d.Why != "" || seen[key] > 5 && !all {
			continue
		}
		why := d.Why
		if why == "" {
			why = "UNEXPLAINED"
		}
		if seen[key] == 1 {
			fmt.Fprintf(a.err, "%s in %s: %s\n", plural.Count(r.By[key], "difference", "differences"), d.What, why)
		}
		a.shadowSides(d)
	}
}

// shadowSides prints a statement, and what the kernel and the model have after it.
func (a *app) shadowSides(d shadow.Difference) {
	fmt.Fprintf(a.err, "    %s\n", d.Statement)
	for _, side := range [...]struct{ who, text string }{{"kernel", d.Kernel}, {"model", d.Model}} {
		text := strings.ReplaceAll(side.text, "\n", "\n                ")
		fmt.Fprintf(a.err, "        %-6s  %s\n", side.who, text)
	}
}
