package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/cmd/internal/prompt"
)

// page fetches the page that an answer of the prompt names.
func page(t *testing.T, answer string) string {
	t.Helper()
	url := regexp.MustCompile(`http://[\d.:]+/`).FindString(answer)
	require.NotEmpty(t, url, answer)
	got, err := http.Get(url)
	require.NoError(t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	return string(text)
}

func TestPromptShowsItsProgramInABrowserAtThisMoment(t *testing.T) {
	var out strings.Builder
	a := &app{out: &out, err: &out}
	prog, err := a.program("docs/examples/cow.vms")
	require.NoError(t, err)
	p, err := prompt.New(prog, &out, nil)
	require.NoError(t, err)
	defer p.Session.Close()
	var s served
	p.Outside = a.outside(p, &s)
	say := func(line string) string {
		out.Reset()
		require.NoError(t, p.Line(line))
		return out.String()
	}
	say("next")
	first := say("web")
	assert.Regexp(t, `#t=[1-9]\d*\n`, first, "the moment of the prompt")
	assert.Contains(t, page(t, first), "session.vms")
	before := len(page(t, first))
	say("q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)")
	second := say("web")
	assert.Equal(t, strings.Split(first, "#")[0], strings.Split(second, "#")[0], "the same address")
	assert.NotEqual(t, before, len(page(t, second)), "the new program")
	file := t.TempDir() + "/x.html"
	assert.Contains(t, say("web "+file), "x.html is written")
	assert.FileExists(t, file)
	s.close()
	_, err = http.Get(strings.Split(first, "#")[0])
	assert.Error(t, err, "the server ends with the prompt")
}
