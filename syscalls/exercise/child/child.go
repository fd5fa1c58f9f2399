// Package child is the process in which a submission runs: it gets programs, runs them with the student's policy and
// sends back what happened. It decides nothing: the grader, which started it, compares.
//
//	grader --jobs, descriptor 3--> child: Record for each job --transcripts, descriptor 4--> grader: Compare
//
// A transcript is sent as soon as it is there, so a submission that ends the process has the points of the jobs before.
package child

import (
	"encoding/json"
	"os"

	"vmsim/syscalls"
	"vmsim/syscalls/exercise"
)

// The descriptors on which jobs come in and transcripts go out. Standard input and output are not used: what a
// submission prints cannot be taken for a transcript.
const (
	JobsFD       = 3
	TranscriptFD = 4
)

// Main runs the jobs, one after the other, and sends each transcript as soon as it is there.
func Main(policies func(exercise.Job) syscalls.Policies) {
	in, out := json.NewDecoder(os.NewFile(JobsFD, "jobs")), json.NewEncoder(os.NewFile(TranscriptFD, "transcripts"))
	for {
		var j exercise.Job
		if in.Decode(&j) != nil {
			return
		}
		if out.Encode(exercise.Record(j, policies)) != nil {
			return
		}
	}
}
