package web

import (
	"os"
	"testing"

	"vmsim/syscalls/leash"
)

// TestMain has the tests end with the go command that started them.
func TestMain(m *testing.M) { os.Exit(leash.Tests(m)) }
