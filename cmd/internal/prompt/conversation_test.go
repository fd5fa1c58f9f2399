package prompt

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

// exampleProgram is what the examples of the commands are run in, its first two statements done.
var exampleProgram = func() string {
	text, err := os.ReadFile("testdata/example.vms")
	if err != nil {
		panic(err)
	}
	return string(text)
}()

// conversation is a prompt whose answers a test reads.
type conversation struct {
	*Prompt
	t   testing.TB
	out *bytes.Buffer
}

func talk(t testing.TB, program string) *conversation {
	t.Helper()
	prog := scripttest.Parse(t, "test.vms", program)
	c := &conversation{t: t, out: &bytes.Buffer{}}
	var err error
	if c.Prompt, err = New(prog, c.out, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Session.Close)
	return c
}

// say types lines and gives all that was answered, errors too.
func (c *conversation) say(lines ...string) string {
	c.t.Helper()
	c.out.Reset()
	for _, l := range lines {
		if err := c.Line(l); err != nil {
			c.out.WriteString(err.Error() + "\n")
		}
	}
	return c.out.String()
}

// wants fails where an answer lacks one of the texts.
func (c *conversation) wants(answer string, texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if !strings.Contains(answer, text) {
			c.t.Errorf("no %q in\n%s", text, answer)
		}
	}
}
