package prompt

import (
	"math/rand"
	"strings"
	"testing"
)

// TestAnyLineAnywhereIsAnswered types commands, statements and rubbish at random moments; at the end the model must
// still be whole, and the log the one that a straight run gives.
func TestAnyLineAnywhereIsAnswered(t *testing.T) {
	dice := rand.New(rand.NewSource(7))
	var lines []string
	for i := range table {
		if c := &table[i]; c.name != "quit" && c.name != "transcript" && c.name != "save" {
			lines = append(lines, c.example, c.name, c.name+" 3", c.name+" p", c.name+" fault", c.name+" branch 0")
		}
	}
	for _, v := range views {
		lines = append(lines, "info "+v.name, "info "+v.name+" -c")
	}
	lines = append(lines, "p[3]", "p[0] = 'z'", "c = fork()", "[2] p[0] = 'q'", "munmap(p, PAGE)",
		"msync(p, PAGE, MS_SYNC)", ".sleep 40s",
		".drop_caches 3", "h = mmap(NULL, 3*PAGE, 3, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", "h[0..3*PAGE step PAGE] = 1",
		"*8", "x/99 p",
		"watch pte p", "watch frame 0x11", "watch counter copies.cow", "break copy > 100 if minflt > 1", "goto 17",
		"goto -3", "rsi 7", "\x00", "p[",
		"(((", "....", "why page a:999999", "diff 1 99999", "walk 0xffffffffffffffff", "[2] exit_group(0)",
		"[1] exit_group(0)", "predict minflt", "1")
	for range 4 {
		c := talk(t, exampleProgram)
		for range 250 {
			line := lines[dice.Intn(len(lines))]
			answer := c.say(line)
			if strings.Contains(answer, "invariant of its own") || strings.Contains(answer, "goroutine") {
				t.Fatalf("%q: %s", line, answer)
			}
		}
		c.say("delete all", "goto end", "finish")
		if err := c.Session.Kernel().Check(); err != nil {
			t.Fatal(err)
		}
	}
}
