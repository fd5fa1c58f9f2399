package web

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"vmsim/cmd/internal/recording"
	"vmsim/docs"
)

// folder is the static folder, built once for the tests.
func folder(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the model as WebAssembly")
	}
	dir := t.TempDir()
	if err := Static(t.Context(), dir, record(t, program)); err != nil {
		t.Skipf("no WebAssembly can be built here: %v", err)
	}
	return dir
}

func TestStaticFolderIsSmallAndRunsEveryExample(t *testing.T) {
	dir := folder(t)
	size, packed := int64(0), int64(0)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		size += int64(len(b))
		z := gzip.NewWriter((*counting)(&packed))
		_, _ = z.Write(b)
		_ = z.Close()
	}
	if size > 12<<20 || packed > 4<<20 {
		t.Errorf("the folder has %d bytes, %d compressed", size, packed)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	b := open(t, server.URL, 1280, 800)
	for i, file := range docs.Programs("examples") {
		text, _ := docs.Program(file)
		want, err := recording.Type(recording.Line{Name: path.Base(file), Program: text})
		if err != nil {
			t.Fatal(err)
		}
		b.click("#edit")
		b.do(evaluate(fmt.Sprintf(`(() => {
			const choice = document.querySelector("#dialog select");
			choice.selectedIndex = %d;
			choice.dispatchEvent(new Event("change"));
		})()`, i+1)))
		b.click("#dialog-body .primary")
		b.until(fmt.Sprintf(`!document.getElementById("dialog").open &&
			document.getElementById("name").textContent === %q`, path.Base(file)))
		steps := len(want.Recording.StepKinds)
		b.key("3", kb.End)
		b.is(file, "document.getElementById('clock').textContent", fmt.Sprintf("t=%d of %d", steps, steps))
		b.is(file, "document.getElementById('sentence').textContent", want.Recording.StepTexts[steps-1])
	}
	b.fill("#line", "info procs\r")
	b.until("document.getElementById('side-text').innerText.includes('minflt')")
	if len(b.complaints) > 0 {
		t.Error(b.complaints)
	}
}

// counting counts bytes.
type counting int64

func (c *counting) Write(b []byte) (int, error) {
	*c += counting(len(b))
	return len(b), nil
}
