package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"vmsim/syscalls/host"
)

// transcript is a block of a document that begins with a command line, then has the lines that are typed to it, each
// after "> ", and goes on with what it prints.
var transcript = regexp.MustCompile("(?m)^```console\n\\$ (vmsim .*)\n((?:> .*\n)*)((?s:.*?))^```$")

// typed runs a command line with lines of input.
func typed(line, input string) (out, errs string, code int) {
	var o, e bytes.Buffer
	input = strings.ReplaceAll("\n"+input, "\n> ", "\n")[1:]
	a := &app{in: strings.NewReader(input), out: &o, err: &e}
	code = a.run(strings.Fields(line)[1:])
	return o.String(), e.String(), code
}

func TestTranscriptsOfTheDocumentsAreWhatTheCommandsPrint(t *testing.T) {
	for _, file := range []string{"README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		now := transcript.ReplaceAllStringFunc(string(text), func(block string) string {
			found++
			m := transcript.FindStringSubmatch(block)
			out, errs, code := typed(m[1], m[2])
			if code != exitFine {
				t.Errorf("%s: %s: exit code %d: %s", file, m[1], code, errs)
			}
			if out != m[3] && !*update {
				t.Errorf("%s: %s prints something else now; go test ./cmd/vmsim -update writes it "+
					"anew\nis:\n%s\nwas:\n%s", file, m[1], out, m[3])
			}
			return "```console\n$ " + m[1] + "\n" + m[2] + out + "```"
		})
		if found == 0 {
			t.Errorf("%s has no transcript", file)
		}
		if *update {
			if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// needs are programs of the machine without which a command's examples cannot run: grade builds submissions, and shadow
// runs true.
var needs = map[string]string{"grade": "go", "shadow": "true"}

// The examples of every command's help are typed by newcomers first of all.
func TestExamplesOfHelpRun(t *testing.T) {
	for _, c := range commands {
		if len(c.examples) == 0 && c.name != "docs" {
			t.Errorf("%s has no example", c.name)
		}
		for _, line := range c.examples {
			if !strings.HasPrefix(line, "vmsim "+c.name) && line != "vmsim" {
				t.Errorf("%s: an example of another command: %s", c.name, line)
				continue
			}
			// What wants the real kernel may say that there is none, or find that it is another than the model.
			_, errs, code := vmsim(line)
			if _, err := exec.LookPath(needs[c.name]); needs[c.name] != "" && err != nil {
				continue
			}
			if code != exitFine && code != exitNoWay && host.CanCompare() == nil {
				t.Errorf("%s: exit code %d: %s", line, code, errs)
			}
		}
	}
}
