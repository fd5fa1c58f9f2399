package bench

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Starter is the command that runs a row's kernel side: one that ends in KernelSide.
type Starter func(row string, sample time.Duration) *exec.Cmd

// side is the kernel's side of a row at work.
type side struct {
	cmd  *exec.Cmd
	ask  io.WriteCloser
	told *bufio.Reader
}

// sideMark is in the environment of every kernel's side: a program that does not know that it is one starts no others.
const sideMark = "VMSIM_BENCH_SIDE"

// cannot begins the text that the kernel's side gives instead of a figure if it lacks something here.
const cannot = "cannot: "

// noDisk is said where a row wants a file on a disk.
const noDisk = "the directory for temporary files is not on a disk"

// startSide starts the kernel's side of a row; why is what hinders it.
func startSide(row string, o Options) (s *side, why string) {
	if kernelHere != "" {
		return nil, kernelHere
	}
	if o.Child == nil || os.Getenv(sideMark) != "" {
		return nil, "there is no program to be the kernel's side"
	}
	s = &side{cmd: o.Child(row, o.Sample)}
	s.cmd.Env = append(s.cmd.Environ(), sideMark+"="+row)
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		s.ask, err = s.cmd.StdinPipe()
	}
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, "the kernel's side cannot be started: " + err.Error()
	}
	s.told = bufio.NewReader(out)
	return s, ""
}

// sample is what one time of the work takes, in nanoseconds.
func (s *side) sample() (float64, error) {
	if _, err := io.WriteString(s.ask, "go\n"); err != nil {
		return 0, err
	}
	line, err := s.told.ReadString('\n')
	if err != nil {
		return 0, errors.New("it has ended without a figure")
	}
	if why, lacks := strings.CutPrefix(line, cannot); lacks {
		return 0, errors.New(strings.TrimSpace(why))
	}
	return strconv.ParseFloat(strings.TrimSpace(line), 64)
}

// stop ends the process: it ends when its input does.
func (s *side) stop() {
	if s == nil || s.cmd == nil {
		return
	}
	s.ask.Close()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// shortOfMemory is said of a kernel's side that something has killed: nothing else does that here.
const shortOfMemory = "it was killed: it takes more memory than there is"

// failed is why the process gave no figure. It ends with that.
func (s *side) failed(err error) string {
	cmd := s.cmd
	s.stop()
	if !cmd.ProcessState.Exited() {
		return shortOfMemory
	}
	return err.Error()
}
