package strace

import (
	"strconv"
	"strings"
	"sync"

	"vmsim/syscalls/script"
)

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

// isDecimal reports whether s is a number of decimal digits.
func isDecimal(s string) bool { return s != "" && len(s) < 20 && strings.Trim(s, "0123456789") == "" }

// words is the set of the words of a text.
func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// pairs is a table of words of which a text has one and, after a colon, the other.
func pairs(text string) map[string]string {
	out := map[string]string{}
	for _, w := range strings.Fields(text) {
		from, to, _ := strings.Cut(w, ":")
		out[from] = to
	}
	return out
}

// constants are the values of flags that have been worked out: a log has few, and each a thousand times.
var constants = newMemo()

// memo remembers the values of texts, as many as fit.
type memo struct {
	sync.Mutex
	of map[string]uint64
}

const mostRemembered = 1 << 12

func newMemo() *memo { return &memo{of: map[string]uint64{}} }

// constant is the value of an argument, however it is spelt; 0 where it has none.
func constant(text string) uint64 {
	if text == "NULL" || text == "0" {
		return 0
	}
	if text != "" && isDigit(text[0]) {
		if v, err := strconv.ParseUint(text, 0, 64); err == nil {
			return v
		}
	}
	constants.Lock()
	defer constants.Unlock()
	v, ok := constants.of[text]
	if !ok {
		v = script.Constant(text)
		if len(constants.of) < mostRemembered && len(text) < 200 {
			constants.of[strings.Clone(text)] = v
		}
	}
	return v
}
