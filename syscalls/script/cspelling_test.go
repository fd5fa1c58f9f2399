package script

import (
	"errors"
	"strings"
	"testing"
)

// parseAfter is the error of a line after one that binds p and fd; nil where it parses.
func parseAfter(t *testing.T, line string) *Error {
	t.Helper()
	_, err := Parse("a.vms", "p = 4096\nfd = 3\n"+line)
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: %v", line, err)
	}
	return e
}

func TestLinesOfCAreAnsweredWithWhatToType(t *testing.T) {
	for _, c := range []struct {
		line, what, typed string
		col               int
	}{
		{"char *q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);", "names and values have no types",
			"q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)", 1},
		{"unsigned char * const q = (unsigned char *)p;", "names and values have no types", "q = p", 1},
		{"*(char *)p = 'x'", "names and values have no types", "*p = 'x'", 3},
		{"int n;", "names and values have no types", "n = 4096", 1},
		{"x = p[0]", "a load is a statement of its own, and no value", "p[0]", 5},
		{"x = *p", "a load is a statement of its own, and no value", "*p", 5},
		{"p[1] = p[0]  # a copy", "a load is a statement of its own, and no value", "p[0]", 8},
		{"p[0] == *p", "a load is a statement of its own, and no value", "*p", 9},
		{"p[0]++", "a store gives the byte, not +", "p[0] = 1", 5},
		{"p[0] += 2", "a store gives the byte, not +", "p[0] = 1", 6},
		{"p[0] = 1; p[1] = 2", "a statement has a line of its own, and no semicolon, not ;", "p[0] = 1", 9},
		{"memset(p, 0, 4096)", "memset is a function of the C library and no system call", `p[0:4096] = "A" * 4096`, 1},
		{"q = malloc(100)", "malloc is a function of the C library and no system call", allocate, 5},
		{"free(p)", "free is a function of the C library and no system call", "munmap(p, 4*PAGE)", 1},
		{"for (i = 0; i < 4; i++) p[i] = 1", "there is no for: a program is one statement after the other", storeAll,
			1},
		{"if (p == 0) exit(1)", "there is no if: a program is one statement after the other", ".expect minflt >= 0", 1},
		{"return 0", "there is no return: a program is one statement after the other", "exit_group(0)", 1},
		{"posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)", "posix_fadvise is another name of the call fadvise64",
			"fadvise64(fd, 0, 0, POSIX_FADV_DONTNEED)", 1},
		{"n = pread(fd, p, 10, 0)", "pread is another name of the call pread64", "n = pread64(fd, p, 10, 0)", 5},
		{"mallop(3)", "unknown call mallop", "", 1},
	} {
		e := parseAfter(t, c.line)
		if e == nil {
			t.Errorf("%q is accepted", c.line)
			continue
		}
		if e.What != c.what || e.Type != c.typed || e.Col != c.col {
			t.Errorf("%q:\n got column %d: %q, type %q\nwant column %d: %q, type %q", c.line, e.Col, e.What, e.Type,
				c.col, c.what, c.typed)
		}
	}
}

func TestWhatIsToBeTypedInPlaceOfCIsInTheLanguage(t *testing.T) {
	for _, table := range []map[string]instead{libraryCalls, controlWords} {
		for word, x := range table {
			if e := parseAfter(t, x.line); e != nil || x.cause == "" {
				t.Errorf("%s: %q, %q: %v", word, x.line, x.cause, e)
			}
			if _, ok := Signature(word); ok {
				t.Errorf("%s is a system call", word)
			}
		}
	}
}

func TestACallOutsideTheModelKeepsItsRecordedAnswer(t *testing.T) {
	for _, line := range []string{"malloc(3) = 4096", "mallop(3) = ?", "q = frobnicate({a=[1]}, \"x\") = -1 EINVAL"} {
		if e := parseAfter(t, line); e != nil {
			t.Errorf("%q: %v", line, e)
		}
	}
}

func TestWithoutTypesLeavesEverythingElse(t *testing.T) {
	for line, want := range map[string]string{
		"char *p = (char *)mmap(NULL, 1);":      "p = mmap(NULL, 1)",
		"  const unsigned int x=3":              "x=3",
		"uint64_t n = 1 # (int)":                "n = 1 # (int)",
		`int fd = open("(char *)/a;", O_RDWR);`: `fd = open("(char *)/a;", O_RDWR)`,
		"p[0] = 'x'":                            "p[0] = 'x'",
		"integer = 3":                           "integer = 3",
		"print (char)":                          "print",
		"child: p[0] = 1":                       "child: p[0] = 1",
		strings.Repeat("long ", 4000) + "x = 1": "x = 1",
	} {
		if got := WithoutTypes(line); got != want {
			t.Errorf("%.60q: %q, not %q", line, got, want)
		}
	}
}

// What an error says to type has to work.
func TestWhatIsTypedInsteadOfTheCLibraryParses(t *testing.T) {
	for name, x := range libraryCalls {
		if e := parseAfter(t, x.line); e != nil {
			t.Errorf("in the place of %s: %q: %s", name, x.line, e.What)
		}
	}
	for other, name := range otherNames {
		if _, ok := SpecOf(name); !ok {
			t.Errorf("%s is another name of %s, which the language does not have", other, name)
		}
		if _, ok := SpecOf(other); ok {
			t.Errorf("%s is a call of its own", other)
		}
	}
}

func TestCallsThatTheModelDoesNotHaveAreNoneOfItsCalls(t *testing.T) {
	for _, name := range unmodelledCalls {
		if _, ok := SpecOf(name); ok {
			t.Errorf("%s is a call of the language", name)
		}
	}
}
