package script

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLinesAreTheSameHoweverTheyAreRead(t *testing.T) {
	text := "a\n\nbc " + strings.Repeat("x", 3*blockSize) + "\r\nlast"
	for name, in := range map[string]*lines{
		"one text":   {text: text, err: io.EOF},
		"blocks":     {r: strings.NewReader(text)},
		"halves":     {r: iotest.HalfReader(strings.NewReader(text))},
		"late error": {r: iotest.DataErrReader(strings.NewReader(text))},
	} {
		got, err := in.all()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := strings.SplitAfter(text, "\n"); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %d lines, not %d", name, len(got), len(want))
		}
	}
}

// all are the lines that follow.
func (l *lines) all() (all []string, err error) {
	for {
		line, err := l.next()
		switch all = append(all, line); {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return all, err
		}
	}
}

func TestLineThatIsTooLongIsAnError(t *testing.T) {
	in := &lines{r: strings.NewReader("a\n" + strings.Repeat("x", 2*MaxLine) + "\nb\n")}
	if line, err := in.next(); line != "a\n" || err != nil {
		t.Fatal(line, err)
	}
	if _, err := in.next(); !errors.Is(err, errLongLine) {
		t.Fatal(err)
	}
}

func TestReaderThatGivesNothingIsGivenUp(t *testing.T) {
	in := &lines{r: iotest.ErrReader(nil)}
	if _, err := in.next(); err != io.ErrNoProgress {
		t.Fatal(err)
	}
}
