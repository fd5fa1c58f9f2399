package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"vmsim/docs"
	"vmsim/syscalls/script/scripttest"
	"vmsim/syscalls/session"
	"vmsim/vm"
)

// programs are the examples, and recordings of the real kernel that the library holds itself against.
func programs(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, file := range docs.Programs("examples") {
		if filepath.Base(file) != "sequential.vms" { // 22,362 steps of two kinds
			all[file], _ = docs.Program(file)
		}
	}
	for _, file := range scripttest.Files(t, "../../../syscalls/script/testdata/kernel/*-00001.vms") {
		all[file] = scripttest.Text(t, file)
	}
	return all
}

func begin(t *testing.T, name, text string) *session.Session {
	t.Helper()
	prog := scripttest.Parse(t, name, text)
	s, err := session.New(prog, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func recorded(t *testing.T, name, text string, budget int) *Recording {
	t.Helper()
	r, err := record(begin(t, name, text), name, text, budget)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// stateAt applies the changes of steps 1 to t.
func (r *Recording) stateAt(t int) map[string]string {
	state := slices.Clone(r.First)
	for i := 0; i < 3*r.Offsets[t]; i += 3 {
		state[r.Changes[i]] = r.Changes[i+2]
	}
	things := map[string]string{}
	for id, v := range state {
		if v != 0 {
			things[r.Keys[id]] = r.Values[v]
		}
	}
	return things
}

func TestChangesGoBackTheWayTheyCame(t *testing.T) {
	for name, text := range programs(t) {
		r := recorded(t, name, text, exactLooks)
		state := slices.Clone(r.First)
		for i := 0; i < len(r.Changes); i += 3 {
			if state[r.Changes[i]] != r.Changes[i+1] {
				t.Fatalf("%s: a change of %s begins with another value", name, r.Keys[r.Changes[i]])
			}
			state[r.Changes[i]] = r.Changes[i+2]
		}
		for i := len(r.Changes) - 3; i >= 0; i -= 3 {
			state[r.Changes[i]] = r.Changes[i+1]
		}
		if !slices.Equal(state, r.First) {
			t.Errorf("%s: going back leads elsewhere", name)
		}
	}
}

// What is looked at only where the latest steps name it is, at each statement's end, as if all had been looked at.
func TestSavingLooksChangesNoStateAtTheEndOfAStatement(t *testing.T) {
	for name, text := range programs(t) {
		all, few := recorded(t, name, text, exactLooks), recorded(t, name, text, 0)
		for _, st := range all.Statements {
			if a, b := all.stateAt(st.End), few.stateAt(st.End); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: after %s\n%s", name, st.Text, different(a, b))
			}
		}
	}
}

func different(a, b map[string]string) (text string) {
	for k, v := range a {
		if b[k] != v {
			text += fmt.Sprintf("%s is %q, not %q\n", k, v, b[k])
		}
	}
	for k, v := range b {
		if a[k] == "" {
			text += fmt.Sprintf("%s is not there, but %q\n", k, v)
		}
	}
	return text
}

func TestSentencesAndReasonsAreThePromptsOwn(t *testing.T) {
	for name, text := range programs(t) {
		r := recorded(t, name, text, exactLooks)
		s := begin(t, name, text)
		for _, st := range r.Statements {
			if _, err := s.Goto(session.Moment(st.End)); err != nil {
				t.Fatal(err)
			}
			for at := st.Begin + 1; at <= st.End; at++ {
				if got, want := r.StepTexts[at-1], s.Tell(s.Branch().Event(session.Moment(at))); got != want {
					t.Errorf("%s, t=%d: %q, not %q", name, at, got, want)
				}
			}
			for k := range r.stateAt(st.End) {
				var pid int
				var x uint64
				if n, _ := fmt.Sscanf(k, "e:%d:%x", &pid, &x); n != 2 {
					continue
				}
				want, err := s.WhyEntry(pid, vm.Addr(x))
				got := latest(r.Reasons[k], st.End)
				if st.End > r.WhyUntil {
					continue
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, t=%d: why %s\n%v\nnot\n%v (%v)", name, st.End, k, got, want, err)
				}
			}
		}
	}
}

// latest is the chain that holds at moment t.
func latest(reasons []Reason, t int) (chain []session.Link) {
	for _, r := range reasons {
		if r.At <= t {
			chain = r.Chain
		}
	}
	return chain
}

func TestQuestionsAreAnsweredByWhatTheStatementDid(t *testing.T) {
	r := recorded(t, "asks", "h = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"+
		"? minflt\nh[0] = 1\n? minflt\n? majflt\nh[1] = 1\n", exactLooks)
	if got := r.Statements[1].Asks; !slices.Equal(got, []Ask{{"minflt", 1}}) {
		t.Error(got)
	}
	if got := r.Statements[2].Asks; !slices.Equal(got, []Ask{{"minflt", 0}, {"majflt", 0}}) {
		t.Error(got)
	}
}

func TestStatementThatCannotRunEndsTheRecording(t *testing.T) {
	r := recorded(t, "bad", "h = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n[7] *h\n*h\n",
		exactLooks)
	if len(r.Statements) != 3 || r.Statements[1].Error == "" || r.Statements[2].Error == "" {
		t.Errorf("%+v", r.Statements)
	}
}

func TestRecordingOfNothingHasNoNullInItsJSON(t *testing.T) {
	b, err := json.Marshal(recorded(t, "nothing", "", exactLooks))
	if err != nil || bytes.Contains(b, []byte("null")) {
		t.Errorf("%s, %v", b, err)
	}
}
