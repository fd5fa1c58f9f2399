package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"vmsim/cmd/internal/prompt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/session"
)

func TestBrokenPromiseAtThePromptIsExitCode3AndNoStack(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs}
	p, err := prompt.New(&script.Program{}, &out, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Session.Close()
	p.Outside = map[string]func(io.Writer, string) error{
		"gaps": func(io.Writer, string) error {
			return &session.Broken{At: 7, What: "two and two", Stack: []byte("goroutine 1")}
		},
	}
	if code := a.readLines(p, strings.NewReader("gaps\nwhen\n")); code != exitBroken {
		t.Errorf("exit code %d", code)
	}
	if text := errs.String(); !strings.Contains(text, "two and two") || !strings.Contains(text, stackWanted) ||
		strings.Contains(text, "goroutine") {
		t.Error(text)
	}
	t.Setenv(stackWanted, "1")
	if errs.Reset(); a.readLines(p, strings.NewReader("gaps\n")) != exitBroken ||
		!strings.Contains(errs.String(), "goroutine 1") {
		t.Error(errs.String())
	}
}
