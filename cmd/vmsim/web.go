package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"vmsim/cmd/internal/recording"
	"vmsim/cmd/internal/web"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
)

var webCommand = command{
	name: "web", args: "FILE", line: "a program in the browser: each step, forward and back, on one screen",
	text: `Program, areas, page tables, frames, page cache and disk stand side by side, with a timeline and the bytes
that were moved. Choose a thing and its counterparts are marked in all panels; ? on the page lists the keys.

Without a flag the page is served on this machine alone, at the address that is printed, until Ctrl-C. --export writes
one file that works from a disk, in an iframe and without a network; - is standard output. --static writes a folder for
any web server, with the model as WebAssembly: there, programs can be typed and run. To write it, Go and vmsim's source
have to be here.`,
	examples: []string{"vmsim web docs/examples/cow.vms --export -"},
	flags: []flagHelp{
		{"--export FILE", "write the page, with the recording in it, as one file"},
		{"--static DIR", "write a folder in which programs can be typed and run, with no server of ours"},
		costsFlag,
		{"--port N", "the port to serve on (default: a free one)"},
	},
	run: (*app).web,
}

func (a *app) web(f *flags) int {
	if f.has("static") && len(f.rest) == 0 {
		f.rest = []string{"docs/examples/cow.vms"}
	}
	if err := webMisused(f); err != nil {
		return a.fail(err)
	}
	r, err := a.recordingOf(f.rest[0])
	if err != nil {
		return a.fail(err)
	}
	switch {
	case f.has("export"):
		return a.webExport(r, f.set["export"])
	case f.has("static"):
		return a.webStatic(r, f.set["static"])
	}
	return a.webServe(r, f.set["port"])
}

// webMisused is the error of words and flags that do not go together.
func webMisused(f *flags) error {
	const try = "vmsim web docs/examples/cow.vms"
	switch {
	case len(f.rest) != 1:
		return &usageError{"web wants a program", try}
	case f.has("static") && f.has("costs"):
		return &usageError{"the model in the folder of --static has costs of its own: --costs is for --export " +
			"and for the served page", try}
	}
	return nil
}

// recordingOf runs the program of a file and records it.
func (a *app) recordingOf(file string) (*recording.Recording, error) {
	in, err := a.source(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	prog, err := script.Parse(filepath.Base(file), string(text))
	if err != nil {
		return nil, err
	}
	return recording.Of(prog, string(text), a.costs)
}

// webExport writes the page as one file.
func (a *app) webExport(r *recording.Recording, file string) int {
	if file == "-" {
		if err := web.Page(a.out, r, web.None); err != nil {
			return a.fail(err)
		}
		return exitFine
	}
	out, err := os.Create(file)
	if err != nil {
		return a.fail(err)
	}
	err = errors.Join(web.Page(out, r, web.None), out.Close())
	if err != nil {
		return a.fail(err)
	}
	fmt.Fprintf(a.err, "%s is written: %s. It opens in any browser, and asks no server for anything.\n", file,
		plural.Count(len(r.StepKinds), "step", "steps"))
	return exitFine
}

// webStatic writes the folder with the model in it.
func (a *app) webStatic(r *recording.Recording, dir string) int {
	if err := web.Static(context.Background(), dir, r); notWritten(err) || errors.Is(err, os.ErrNotExist) {
		return a.fail(err)
	} else if err != nil {
		fmt.Fprintln(a.err, "vmsim:", err)
		return exitNoWay
	}
	fmt.Fprintf(a.err, "%s is written. Any web server will do; python3 -m http.server -d %s is one.\n", dir, dir)
	return exitFine
}

// webServe serves the page until Ctrl-C.
func (a *app) webServe(r *recording.Recording, port string) int {
	port = or(port, "0")
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return a.fail(&usageError{"--port is a number up to 65535, not " + port, "vmsim web --port 8080 FILE"})
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return a.fail(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Fprintf(a.out, "http://%v/\n", l.Addr())
	fmt.Fprintln(a.err, "Open it in a browser on this machine. Ctrl-C ends it.")
	s := &http.Server{Handler: web.Handler(r), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return a.fail(err)
	}
	return exitFine
}
