package syscalls

import (
	"strings"
	"testing"
)

func TestEveryCallOfTheModelHasASignature(t *testing.T) {
	for nr := range handlers {
		if Implements(Number(nr)) && signatures[Number(nr)] == "" {
			t.Errorf("call %d has a handler, but no name", nr)
		}
	}
}

func TestCallsAreFoundByTheirNames(t *testing.T) {
	for nr, line := range Signatures() {
		if got, ok := NumberOf(nr.String()); !ok || got != nr || !strings.Contains(line, nr.String()) {
			t.Errorf("%s is call %d, and %q leads to %d", line, nr, nr.String(), got)
		}
	}
}
