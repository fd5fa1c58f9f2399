package model_test

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// A flag whose purpose is not modelled says so where it is typed; a recording stays as the kernel's answers are.
func TestAFlagWithoutEffectSaysSo(t *testing.T) {
	const allocated = "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	for line, want := range map[string]string{
		"madvise(p, PAGE, MADV_HUGEPAGE)":                                     "# huge pages are not modelled",
		"madvise(p, PAGE, MADV_MERGEABLE)":                                    "# merging of equal pages (KSM)",
		"mmap(NULL, 2*M, PROT_READ, MAP_PRIVATE|MAP_ANON|MAP_HUGETLB, -1, 0)": "# the machine's pool of huge pages",
		"shmget(IPC_PRIVATE, 2*M, IPC_CREAT|SHM_HUGETLB|0600)":                "# the machine's pool of huge pages",
		"prctl(PR_SET_DUMPABLE, 0)":                                           "# PR_SET_DUMPABLE is outside the model",
		"madvise(p, PAGE, MADV_NORMAL)":                                       "",
	} {
		prog := scripttest.Parse(t, "a.vms", allocated+line)
		for _, remarks := range []bool{true, false} {
			text := lastText(t, prog, run.Style{Remarks: remarks})
			said := strings.Contains(text, "#")
			if want := want != "" && remarks; said != want {
				t.Errorf("remarks %v: %q", remarks, text)
			}
			if remarks && !strings.Contains(text, want) {
				t.Errorf("%q, wanted %q", text, want)
			}
		}
	}
}

// lastText is the last statement of a program as it prints.
func lastText(t *testing.T, prog *script.Program, style run.Style) (text string) {
	t.Helper()
	r, err := run.NewRunner(prog, model.New(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		text = r.Text(style)
	}
	return text
}
