package words

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm/trace"
)

func TestEveryKindOfWordIsExplained(t *testing.T) {
	for word, want := range map[string]string{
		"page-cache": "page cache: ", "page cache": "page cache: ", "Page-Cache": "page cache: ",
		"minor-fault": "mm_account_fault",
		"SIGBUS":      "end of the file", "do_wp_page": "a function of Linux", "what is a VMA?": "area: ",
		"the page cache": "page cache: ", "page faults": "fault: ",
		"mmap()": "a system call", "struct vm_area_struct": "area: ", "rw-p": "permissions",
		"TLB miss": "tlb-miss, a step", "struct page": "frame: ", "page table entry": "entry: ",
		"what does dirty mean?": "changed since", "page fault": "fault: ", "vma": "area: ",
		"cow":    "(A is an address, B is the number of a frame, C is the number of a frame)",
		"mremap": "a system call", "MAP_POPULATE": "0x8000", "EAGAIN": "error 11",
		"vm.dirty_ratio": ".sysctl",
		"ram":            ".machine", "copies": ".to_user", "copies.zero": "bytes moved so far",
		"nr_dirty": "/proc/vmstat", "uptodate": "flag of a page",
		"getpid": "outside the model", ".file": "no effect on tmpfs", ".machine": "read_ahead_kb",
	} {
		if got := strings.Join(Explain(word), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %q, wanted %q", word, got, want)
		}
	}
}

func TestMistypedWordsGetTheNearest(t *testing.T) {
	for word, want := range map[string]string{
		"minor-falt": "minor-fault", "MAP_POPULAT": "MAP_POPULATE", "EAGAN": "EAGAIN", "mmpa": "mmap",
		"redahead":      "readahead",
		"vm.dirty_rato": "vm.dirty_ratio", "SIGBSU": "sigbus", "zzzzzzz": "",
	} {
		if got := Nearest(word); got != want {
			t.Errorf("%s: %q, wanted %q", word, got, want)
		}
	}
}

// What is asked of explain by a table must be answered from it.
func TestWhatIsKnownIsExplained(t *testing.T) {
	for _, word := range Known() {
		if len(Explain(word)) == 0 {
			t.Errorf("%s is known but not explained", word)
		}
	}
	for _, knob := range syscalls.Knobs() {
		if knobTexts[knob] == "" {
			t.Errorf("the setting %s has no text", knob)
		}
	}
	for _, name := range script.MachineSettings() {
		if settingTexts[name] == "" {
			t.Errorf(".machine %s has no text", name)
		}
	}
	for _, name := range script.DirectiveNames() {
		if _, err := script.Parse("example.vms", directiveTexts[name].example); err != nil ||
			directiveTexts[name].text == "" {
			t.Errorf("the example of .%s: %v", name, err)
		}
	}
	for _, table := range []map[string]string{callTexts, errnoTexts} {
		for word := range table {
			if len(Explain(word)) == 0 {
				t.Errorf("%s has a text, but is no word of the language", word)
			}
		}
	}
}

var letters = regexp.MustCompile(`[A-Za-z_]+`)

// The step table speaks in plain words, which are listed, or in words that the glossary explains.
func TestEveryWordOfTheStepTableIsPlainOrExplained(t *testing.T) {
	text, err := os.ReadFile("testdata/plain.txt")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.Fields(string(text))
	for k := range trace.NumKinds {
		for _, word := range letters.FindAllString(k.Info().Sentence, -1) {
			low := strings.ToLower(word)
			one := strings.TrimSuffix(low, "s")
			if slices.Contains(plain, low) || known(low) || known(one) || len(low) == 1 {
				continue
			}
			t.Errorf("step %s: what does %q mean? Explain it in glossary.txt, or list it in testdata/plain.txt", k,
				word)
		}
	}
}

// known reports whether a word is a term, or a word of one.
func known(word string) bool {
	for term := range byWord {
		if term == word || slices.Contains(strings.Fields(term), word) {
			return true
		}
	}
	return false
}

// testdata/index.txt has words of the indexes of textbooks on operating systems and of manual pages on memory.
func TestWordsOfIndexesAreExplainedInAnyCase(t *testing.T) {
	text, err := os.ReadFile("testdata/index.txt")
	if err != nil {
		t.Fatal(err)
	}
	index := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(index) < 300 {
		t.Fatalf("the index has %d words", len(index))
	}
	for _, word := range index {
		for _, w := range []string{word, strings.ToLower(word), strings.ToUpper(word)} {
			if len(Explain(w)) == 0 {
				t.Errorf("%s is not explained", w)
			}
		}
	}
	if got := strings.Join(Explain("COW"), "\n"); !strings.Contains(got, "copy-on-write: ") {
		t.Errorf("COW is only %q", got)
	}
}

// A meaning that says "see" leads to a term, and a synonym is no term of its own.
func TestGlossaryLeadsOn(t *testing.T) {
	for _, e := range glossary {
		if other, also := strings.CutPrefix(e.meaning, "see "); also {
			name := other[:strings.IndexAny(other, ":.;")]
			if len(Explain(name)) == 0 {
				t.Errorf("%s: see %q, which is not explained", e.names[0], name)
			}
		}
	}
}

func TestGlossaryRefusesWhatItCannotRead(t *testing.T) {
	for text, want := range map[string]string{
		"a term\n": "without a meaning", "a: one\nb, A: two\n": "twice",
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("%q: %s, wanted %s", text, got, want)
				}
			}()
			parseGlossary(text)
		}()
	}
}

// A call that runs has a sentence that says what it does, and not its arguments alone.
func TestEachCallThatRunsSaysWhatItDoes(t *testing.T) {
	for _, name := range script.CallNames() {
		if r, ok := script.SpecOf(name); ok && r.Scope != script.OutsideModel &&
			callTexts[name] == "" {
			t.Errorf("%s has no text", name)
		}
	}
}

// What people type at the edge of the field has an answer.
func TestWordsFromTheEdgeOfTheFieldAreKnown(t *testing.T) {
	for _, word := range []string{"SIGPIPE", "SIGXFSZ", "ulimit", "kcompactd", "IPI", "PLT", "GOT", "glibc", "canary",
		"red zone", "W^X", "auxv", "thrash", "cold", "smaps_rollup", "LRU list", "C library"} {
		if Explain(word) == nil {
			t.Errorf("nothing is known of %q", word)
		}
	}
}

// The line on .file names each way in which a file may begin, and the one on .expect whose faults are counted.
func TestTheLinesOnTheMachineSayAllForms(t *testing.T) {
	for word, want := range map[string]string{".file": "folios=LIST", ".expect": "each thread has its own"} {
		if text := strings.Join(Explain(word), "\n"); !strings.Contains(text, want) {
			t.Errorf("explain %s lacks %q:\n%s", word, want, text)
		}
	}
}

// A flag that asks different things of two calls says both, each time it is asked for.
func TestFlagsSayWhatTheyAskOfEachCall(t *testing.T) {
	for word, want := range map[string][]string{
		"O_DIRECT":   {"open, openat: Reads and writes pass the page cache by", "pipe2: Each write of up to a page"},
		"O_CLOEXEC":  {"openat: execve closes", "pipe2: Both descriptors"},
		"O_NONBLOCK": {"No effect on files.", "pipe2: Neither end waits", "userfaultfd: A read does not wait"},
	} {
		for range 10 {
			text := strings.Join(Explain(word), "\n")
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Fatalf("%s: no %q in\n%s", word, w, text)
				}
			}
		}
	}
}

// The calls on memory, files in memory and limits have no flag that explain only gives the number of.
func TestEachFlagOfACallOnMemorySaysWhatItAsksFor(t *testing.T) {
	for _, call := range []string{"mmap", "mprotect", "mremap", "madvise", "msync", "mlock2", "mlockall",
		"memfd_create", "prlimit64", "shmget", "shmat", "shmctl", "fallocate", "fadvise64", "openat", "pipe2",
		"lseek"} {
		flags := 0
		for arg := range 6 {
			for _, name := range script.FlagNames(call, arg) {
				flags++
				if script.FlagText(call, name) == "" && !strings.HasSuffix(name, "_SHIFT") &&
					name != "AT_FDCWD" && name != "IPC_NOWAIT" {
					t.Errorf("%s of %s", name, call)
				}
			}
		}
		if flags == 0 {
			t.Errorf("%s has no flags", call)
		}
	}
}
