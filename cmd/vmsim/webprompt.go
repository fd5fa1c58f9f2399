package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"vmsim/cmd/internal/prompt"
	"vmsim/cmd/internal/recording"
	"vmsim/cmd/internal/web"
	"vmsim/syscalls/script"
)

// served is the page of a prompt, once it is asked for. Asked again, the same address has the new program.
type served struct {
	page   atomic.Value // an http.Handler
	server *http.Server
	addr   net.Addr
}

// webSession shows the program of a session in a browser, or writes the page into a file.
func (a *app) webSession(w io.Writer, p *prompt.Prompt, s *served, file string) error {
	text := p.Session.Whole()
	prog, err := script.Parse("session.vms", text)
	if err != nil {
		return err
	}
	r, err := recording.Of(prog, text, a.costs)
	if err != nil {
		return err
	}
	if file != "" {
		(&app{out: w, err: w}).webExport(r, file)
		return nil
	}
	if err := s.show(r); err != nil {
		return err
	}
	fmt.Fprintf(w, "http://%v/#t=%d\n", s.addr, p.Session.At())
	fmt.Fprintln(w, "Open it in a browser on this machine. It is there until the prompt is left.")
	return nil
}

// show serves a recording, in the place of the one before.
func (s *served) show(r *recording.Recording) error {
	s.page.Store(web.Handler(r))
	if s.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	now := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		s.page.Load().(http.Handler).ServeHTTP(w, q)
	})
	s.addr, s.server = l.Addr(), &http.Server{Handler: now, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(l) }()
	return nil
}

// close ends the server, where there is one.
func (s *served) close() {
	if s.server != nil {
		_ = s.server.Close()
	}
}
