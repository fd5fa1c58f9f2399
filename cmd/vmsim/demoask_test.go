package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestDemoAsksBeforeItShows(t *testing.T) {
	var out bytes.Buffer
	a := &app{in: strings.NewReader("0\n7\n0\n"), out: &out, err: &out}
	if code := a.run([]string{"demo", "--ask"}); code != exitFine {
		t.Fatal(out.String())
	}
	text := out.String()
	asked, shown := strings.Index(text, "? How many bytes of the file will mmap()"), strings.Index(text, "  1  ")
	if asked < 0 || shown < asked || !strings.Contains(text, "No, 1. One:") || !strings.Contains(text, "2 of 3 right") {
		t.Error(text)
	}
}
