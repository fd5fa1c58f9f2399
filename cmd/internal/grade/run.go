package grade

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"vmsim/syscalls/exercise"
	"vmsim/syscalls/leash"
)

// Limits are what a submission may use.
type Limits struct {
	Time   time.Duration // of the processor, for one program
	Memory uint64        // bytes
}

// DefaultLimits are generous for every exercise: a scenario takes milliseconds.
var DefaultLimits = Limits{Time: 5 * time.Second, Memory: 1 << 30}

// slowest is how many times as long as its processor time a program may take: other submissions run beside it. Where
// the system does not tell the processor time of another process, this is the only limit of time.
const slowest = 10

// Run is the Runner of a built submission: its program gets the jobs, one after the other. Where it ends in the middle
// of a job, that job has failed, and the program is started again for the others.
func Run(program string, limits Limits) exercise.Runner {
	return func(jobs []exercise.Job) []exercise.Transcript {
		out := make([]exercise.Transcript, 0, len(jobs))
		deaths, endless := 0, 0
		for len(out) < len(jobs) {
			if why := givenUp(deaths, endless); why != "" {
				out = append(out, exercise.Transcript{Broken: why})
				continue
			}
			got, end := runSome(program, jobs[len(out):], limits)
			if out = append(out, got...); end.why != "" {
				out = append(out, exercise.Transcript{Broken: end.why})
				deaths++
			}
			if end.late {
				endless++
			}
		}
		return out
	}
}

// givenUp is why a submission runs no more; empty while it does.
func givenUp(deaths, endless int) string {
	switch {
	case endless == mostEndless:
		return "not run: the submission has taken too long too often"
	case deaths == mostDeaths:
		return "not run: the submission has ended too often"
	}
	return ""
}

// mostDeaths is how often a submission is started, and mostEndless how often it may run out of time.
const (
	mostDeaths  = 3
	mostEndless = 2
)

// end is how a submission has ended in the middle of a job; the zero value says that it has not.
type end struct {
	why  string // for the student
	late bool   // it was ended because of the limit of time
}

// runSome runs jobs until the program ends or has to be ended; how says that of the job after those done.
func runSome(program string, jobs []exercise.Job, limits Limits) (done []exercise.Transcript, how end) {
	jobsOut, jobsIn, err := os.Pipe()
	if err != nil {
		return nil, end{why: err.Error()}
	}
	defer jobsIn.Close()
	transcripts, sent, err := os.Pipe()
	if err != nil {
		jobsOut.Close()
		return nil, end{why: err.Error()}
	}
	defer transcripts.Close()
	dir, remove, err := leash.Dir(filepath.Join(os.TempDir(), "vmsim-run-"), 0o700)
	if err != nil {
		return nil, end{why: err.Error()}
	}
	defer remove()
	var said tail
	c := exec.Command(program)
	c.Dir, c.Env, c.Stderr = dir, []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}, &said
	c.ExtraFiles = []*os.File{jobsOut, sent}
	defer leash.Foreign(c)()
	err = c.Start()
	jobsOut.Close()
	sent.Close()
	if err != nil {
		return nil, end{why: err.Error()}
	}
	defer c.Wait()
	defer c.Process.Kill()
	if err := limit(c.Process.Pid, limits); err != nil {
		return nil, end{why: err.Error()}
	}
	in, out := json.NewDecoder(transcripts), json.NewEncoder(jobsIn)
	for _, j := range jobs {
		stop := watch(c.Process, limits.Time)
		var t exercise.Transcript
		err := out.Encode(j)
		if err == nil {
			err = in.Decode(&t)
		}
		if inTime := stop(); err != nil {
			_ = c.Process.Kill()
			_ = c.Wait()
			return done, end{reason(inTime, said.String(), limits), !inTime}
		}
		done = append(done, t)
	}
	return done, end{}
}

// watch ends a process that takes longer than the limit from now on. What it returns ends the watching, and reports
// whether the process was in time.
func watch(p *os.Process, limit time.Duration) (stop func() bool) {
	begun, before := time.Now(), processorTime(p.Pid)
	done, inTime := make(chan struct{}), make(chan bool, 1)
	go func() {
		tick := time.NewTicker(max(time.Millisecond, limit/50))
		defer tick.Stop()
		for processorTime(p.Pid)-before <= limit && time.Since(begun) <= slowest*limit {
			select {
			case <-done:
				inTime <- true
				return
			case <-tick.C:
			}
		}
		_ = p.Kill()
		inTime <- false
	}()
	return func() bool {
		close(done)
		return <-inTime
	}
}

// reason is why a submission has ended in the middle of a job, for the student.
func reason(inTime bool, said string, limits Limits) string {
	switch {
	case !inTime:
		return fmt.Sprintf("it took over %v of processor time", limits.Time)
	case strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate memory"),
		strings.Contains(said, "errno=12"), strings.Contains(said, "failed to reserve"):
		return fmt.Sprintf("it took over %d MiB of memory", limits.Memory>>20)
	}
	return "it ended: " + firstOf(said, 3)
}

// tail keeps the beginning of what a submission prints to standard error, for the reason of its end.
type tail struct{ text []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b[:min(len(b), 8192-min(8192, len(t.text)))]...)
	return len(b), nil
}

// String is what was kept.
func (t *tail) String() string { return string(t.text) }
