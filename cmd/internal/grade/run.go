package grade

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"vmsim/syscalls/exercise"
	"vmsim/syscalls/leash"
)

// Limits are what a submission may use.
type Limits struct {
	Time   time.Duration // for one program
	Memory uint64        // bytes
}

// DefaultLimits are generous for every exercise: a scenario takes milliseconds.
var DefaultLimits = Limits{Time: 20 * time.Second, Memory: 1 << 30}

// Run is the Runner of a built submission: its program gets the jobs, one after the other. Where it ends in the middle
// of a job, that job has failed, and the program is started again for the others.
func Run(program string, limits Limits) exercise.Runner {
	return func(jobs []exercise.Job) []exercise.Transcript {
		out := make([]exercise.Transcript, 0, len(jobs))
		deaths := 0
		for len(out) < len(jobs) {
			if deaths == mostDeaths {
				out = append(out, exercise.Transcript{Broken: "not run: the submission has ended too often"})
				continue
			}
			got, why := runSome(program, jobs[len(out):], limits)
			if out = append(out, got...); why != "" {
				out = append(out, exercise.Transcript{Broken: why})
				deaths++
			}
		}
		return out
	}
}

// mostDeaths is how often a submission is started again.
const mostDeaths = 3

// runSome runs jobs until the program ends or has to be ended; why says that of the job after those done.
func runSome(program string, jobs []exercise.Job, limits Limits) (done []exercise.Transcript, why string) {
	jobsOut, jobsIn, err := os.Pipe()
	if err != nil {
		return nil, err.Error()
	}
	defer jobsIn.Close()
	transcripts, sent, err := os.Pipe()
	if err != nil {
		jobsOut.Close()
		return nil, err.Error()
	}
	defer transcripts.Close()
	dir, err := os.MkdirTemp("", "vmsim-run-")
	if err != nil {
		return nil, err.Error()
	}
	defer os.RemoveAll(dir)
	var said tail
	c := exec.Command(program)
	c.Dir, c.Env, c.Stderr = dir, []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}, &said
	c.ExtraFiles = []*os.File{jobsOut, sent}
	defer leash.Foreign(c)()
	err = c.Start()
	jobsOut.Close()
	sent.Close()
	if err != nil {
		return nil, err.Error()
	}
	defer c.Wait()
	defer c.Process.Kill()
	if err := limit(c.Process.Pid, limits); err != nil {
		return nil, err.Error()
	}
	in, out := json.NewDecoder(transcripts), json.NewEncoder(jobsIn)
	for _, j := range jobs {
		timer := time.AfterFunc(limits.Time, func() { _ = c.Process.Kill() })
		var t exercise.Transcript
		err := out.Encode(j)
		if err == nil {
			err = in.Decode(&t)
		}
		if inTime := timer.Stop(); err != nil {
			_ = c.Process.Kill()
			_ = c.Wait()
			return done, reason(inTime, said.String(), limits)
		}
		done = append(done, t)
	}
	return done, ""
}

// reason is why a submission has ended in the middle of a job, for the student.
func reason(inTime bool, said string, limits Limits) string {
	switch {
	case !inTime:
		return fmt.Sprintf("it took over %v", limits.Time)
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
