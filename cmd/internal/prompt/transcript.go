package prompt

import (
	"fmt"
	"io"
	"os"
)

// transcript is the file that keeps what is typed and answered.
type transcript struct {
	*os.File
	err error // the first error of a write
}

// Write keeps its error to itself: the answers go on.
func (t *transcript) Write(b []byte) (int, error) {
	if t.err == nil {
		_, t.err = t.File.Write(b)
	}
	return len(b), nil
}

// closeTranscript ends the transcript. The error is the first of its writes.
func (p *Prompt) closeTranscript() error {
	t := p.kept
	p.out, p.kept = p.plain, nil
	err := t.Close()
	if t.err != nil {
		err = t.err
	}
	p.unwritten = p.unwritten || err != nil
	return err
}

// lostTranscript ends a transcript that cannot be written, and is the reason.
func (p *Prompt) lostTranscript() error {
	if p.kept == nil || p.kept.err == nil {
		return nil
	}
	return fmt.Errorf("the transcript ends here, since it cannot be written: %w", p.closeTranscript())
}

func (p *Prompt) transcript(rest string) error {
	switch rest {
	case "":
		return wrong("transcript session.txt", "transcript wants a file")
	case "off":
		return p.endTranscript()
	}
	f, err := os.Create(rest)
	if err != nil {
		return wrong("transcript session.txt", "the transcript could not be made: %v", err)
	}
	if p.kept != nil {
		if err := p.closeTranscript(); err != nil {
			fmt.Fprintln(p.out, err)
		}
	}
	p.kept, p.plain = &transcript{File: f}, p.out
	p.out = io.MultiWriter(p.plain, p.kept)
	fmt.Fprintf(p.plain, "What is typed and answered is kept in %s; transcript off ends that.\n", rest)
	return nil
}

// endTranscript closes the transcript, if there is one.
func (p *Prompt) endTranscript() error {
	if p.kept == nil {
		fmt.Fprintln(p.out, "There is no transcript.")
		return nil
	}
	if err := p.closeTranscript(); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "The transcript is closed.")
	return nil
}
