package main

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"vmsim/docs"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

var claimsCommand = command{
	name: "claims", args: "[N|NAME…]", line: "things that popular accounts say of mmap, each tried",
	text: `Without a number: every claim, and whether it is true. Each verdict is shown by a program, which runs now;
a verdict that its program does not show is marked. With numbers or names: the programs too, with their evidence. They
are in docs/claims. Exit code 1 if a verdict is not shown.`,
	examples: []string{"vmsim claims", "vmsim claims 11", "vmsim claims --kernel seen-at-once"},
	flags: []flagHelp{
		{"--kernel", "run them on this Linux as well"},
		{"--json", "a line of JSON for each claim"},
	},
	run: (*app).claims,
}

// kernelKinds are what a claim's program is held against on a real kernel; copies and pages are known of the model
// alone.
const kernelKinds = run.Results | run.Signals | run.Bytes | run.Maps | run.Faults | run.Mincore

var verdictTitles = map[docs.Verdict]string{docs.True: "True", docs.Partly: "True under a condition",
	docs.False: "False"}

// tried is a claim and what became of its program.
type tried struct {
	docs.Claim
	model  *run.Verdict
	kernel string // held, skipped and why, or what differs; empty where it was not asked
	tally  trace.Tally
}

func (t *tried) held() bool {
	return t.model.Passed() && (t.kernel == "" || t.kernel == "held" || strings.HasPrefix(t.kernel, "not run"))
}

func (a *app) claims(f *flags) int {
	list, err := chosenClaims(f.rest)
	if err != nil {
		return a.fail(err)
	}
	var kernel *host.Machine
	if f.has("kernel") {
		if kernel, err = host.New(); err != nil {
			return a.noKernel(err)
		}
		defer kernel.Close()
	}
	if len(f.rest) == 0 && !f.has("json") {
		fmt.Fprintf(a.out, "%d things that popular accounts say of mmap, each tried just now:\n\n", len(list))
	}
	code := exitFine
	for _, c := range list {
		t, err := tryClaim(c, kernel)
		if err != nil {
			return a.fail(err)
		}
		switch {
		case f.has("json"):
			err = json.NewEncoder(a.out).Encode(t.forPrograms())
		case len(f.rest) > 0:
			err = a.claimWhole(t)
		default:
			a.claimShort(t)
		}
		if err != nil {
			return a.fail(err)
		}
		if !t.held() {
			code = exitFailed
		}
	}
	if len(f.rest) == 0 && !f.has("json") {
		fmt.Fprint(a.out, "\nThe evidence for one of them:  vmsim claims 11\n")
	}
	return code
}

// chosenClaims are those of the numbers or names, or all.
func chosenClaims(words []string) ([]docs.Claim, error) {
	all := docs.Claims()
	if len(words) == 0 {
		return all, nil
	}
	var chosen []docs.Claim
	for _, word := range words {
		i := slices.IndexFunc(all, func(c docs.Claim) bool {
			return c.Name == strings.TrimLeft(strings.TrimSuffix(path.Base(word), ".vms"), "0123456789-")
		})
		if n, err := strconv.Atoi(word); err == nil {
			i = n - 1
		}
		if i < 0 || i >= len(all) {
			return nil, &usageError{fmt.Sprintf("%q is no claim: they have names, and numbers from 1 to %d", word,
				len(all)), "vmsim claims"}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// tryClaim runs the program in the model and, where one is given, on a real kernel.
func tryClaim(c docs.Claim, kernel *host.Machine) (*tried, error) {
	prog, err := script.Parse(c.File, c.Program)
	if err != nil {
		return nil, err
	}
	m := model.New()
	t := &tried{Claim: c, model: run.Test(prog, m, run.Testing{All: true})}
	if m.Kernel != nil {
		t.tally = m.Counted()
	}
	if kernel != nil {
		t.kernel = onKernel(c, prog, kernel)
	}
	return t, nil
}

// onKernel says what became of the program on a real kernel.
func onKernel(c docs.Claim, prog *script.Program, kernel *host.Machine) string {
	if c.Kernel != "" {
		return c.Kernel
	}
	v := run.Test(prog, kernel, run.Testing{Only: kernelKinds})
	switch {
	case v.Err != nil:
		return "not run there: " + v.Err.Error()
	case len(v.Differences) > 0:
		return v.Differences[0].String()
	}
	return "held"
}

func (a *app) claimShort(t *tried) {
	fmt.Fprintf(a.out, "%2d  %s\n", t.Number, t.Name)
	fmt.Fprint(a.out, indent(wrap("Claim: "+t.Text, 76), "    "))
	verdict := fmt.Sprintf("%s (%s): %s", verdictTitles[t.Verdict], t.outcome(), t.Say)
	fmt.Fprint(a.out, indent(wrap(verdict, 76), "    "))
}

// outcome is whether the program shows the verdict, in few words.
func (t *tried) outcome() string {
	switch {
	case !t.model.Passed():
		return "NOT SHOWN by its program"
	case t.kernel == "":
		return "shown by its program"
	case t.kernel == "held":
		return "shown by its program, on this kernel too"
	case strings.HasPrefix(t.kernel, "not run"):
		return "shown by its program in the model alone"
	}
	return "shown in the model, and THE KERNEL DIFFERS"
}

// claimWhole prints a claim with its program as it runs.
func (a *app) claimWhole(t *tried) error {
	fmt.Fprint(a.out, indent(wrap(fmt.Sprintf("Claim %d: %s", t.Number, t.Text), 80), ""))
	fmt.Fprintf(a.out, "Verdict: %s\n", t.Verdict)
	switch {
	case t.Verdict == docs.False:
		fmt.Fprint(a.out, indent(wrap("Because "+t.Why, 80), ""))
	case t.Why != "":
		fmt.Fprint(a.out, indent(wrap("Condition: "+t.Why, 80), ""))
	}
	fmt.Fprintln(a.out)
	if err := a.runClaim(&t.Claim); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n%s\n%s\n\n", copyHeader(""), copyRow("the program", t.tally))
	for _, d := range t.model.Differences {
		fmt.Fprintln(a.out, d)
	}
	if t.model.Err != nil {
		fmt.Fprintln(a.out, t.model.Err)
	}
	fmt.Fprintf(a.out, "The verdict is %s.\n", t.outcome())
	if t.kernel != "" && t.kernel != "held" {
		fmt.Fprintf(a.out, "On this kernel: %s.\n", t.kernel)
	}
	fmt.Fprint(a.out, indent(wrap("Say: "+t.Say, 80), ""))
	return nil
}

// runClaim prints the program, each statement with the observations that it holds.
func (a *app) runClaim(c *docs.Claim) error {
	prog, err := script.Parse(c.File, c.Body())
	if err != nil {
		return err
	}
	r, err := run.NewRunner(prog, model.New(), run.Options{Show: run.Maps | run.Faults, Hold: run.AllKinds})
	if err != nil {
		return err
	}
	fmt.Fprint(a.out, r.Head())
	for r.Next() {
		show := run.Signals
		for _, n := range r.Result().Op.Notes {
			show |= noteKinds[n.Word]
		}
		fmt.Fprint(a.out, r.Text(run.Style{Show: show, Comments: true, Remarks: true}))
	}
	return r.Err()
}

// noteKinds are the kinds of the words that observations begin with.
var noteKinds = map[string]run.Kinds{"+": run.Maps, "-": run.Maps, "faults": run.Faults, "data": run.Bytes,
	"copy": run.Copies, "mincore": run.Mincore, "pte": run.PTEs, "page": run.Pages, "io": run.IO, "trace": run.Trace}

// claimJSON is a claim for programs.
type claimJSON struct {
	Claim   int               `json:"claim"`
	Name    string            `json:"name"`
	File    string            `json:"file"`
	Text    string            `json:"text"`
	Verdict docs.Verdict      `json:"verdict"`
	Why     string            `json:"why,omitempty"`
	Say     string            `json:"say"`
	Held    bool              `json:"held"`
	Kernel  string            `json:"kernel,omitempty"`
	Copies  map[string]uint64 `json:"copies"`
}

func (t *tried) forPrograms() claimJSON {
	c := claimJSON{t.Number, t.Name, t.File, t.Text, t.Verdict, t.Why, t.Say, t.model.Passed(), t.kernel,
		map[string]uint64{}}
	trace.EachCopy(func(k trace.Kind, word string) { c.Copies[word] = t.tally.Bytes[k] })
	return c
}
