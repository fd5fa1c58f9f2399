package difftest

import "testing"

// PR_SET_MM_START_STACK moves the name [stack] elsewhere. The arguments of the process stay where exec has put them.
func TestStackWithoutItsNameIsStillWhatExecHasFilled(t *testing.T) {
	for line, want := range map[string]bool{
		"7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0   [stack]\n":  true,
		"7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 \n":           true,
		"7ffffffde000-7fffffffe000 rw-p 00000000 00:00 0 \n":           false,
		"7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0   /memfd:m\n": false,
		"7ffff7ff9000-7ffff7ffa000 rw-p 00000000 00:00 0 \n":           false,
		"00401000-00402000 r-xp 00001000 00:00 0   /stub\n":            true,
		"7ffff7ff9000-7ffff7ffd000 r--p 00000000 00:00 0   [vvar]\n":   true,
	} {
		s, ok := parseSpan(line)
		if !ok || s.filled() != want {
			t.Errorf("%q: %v, want %v", line, s.filled(), want)
		}
	}
	if !unsure("7ffffffde000-7ffffffff000 rw-p 00000000: ", "Referenced: 4 kB") {
		t.Error("Referenced of the stack without its name is compared")
	}
}
