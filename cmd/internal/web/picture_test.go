package web

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"vmsim/docs"
)

var update = flag.Bool("update", false, "write docs/page.png anew")

// picture is the page as README.md shows it: the child of cow.vms has just stored, and its entry is selected.
const (
	picture = "../../../docs/page.png"
	renew   = "go test ./cmd/internal/web -run PictureOfThePage -update"
	stored  = 4 // the statement, counted from 0
)

// The picture holds the text of the page that was taken, since other machines have other fonts. The text comes from a
// window that is tall enough for every row: how many rows fit into the picture depends on the fonts.
func TestPictureOfThePageShowsWhatThePageSays(t *testing.T) {
	text, ok := docs.Program("examples/cow.vms")
	if !ok {
		t.Fatal("docs/examples/cow.vms is missing")
	}
	r := recordNamed(t, "cow.vms", text)
	const selected = "e:2:7ffff7ff5000"
	url := fmt.Sprintf("%s#t=%d&lvl=1&sel=%s", exported(t, r), r.Statements[stored].End, selected)
	tall := open(t, url, 1280, 8000)
	tall.until(`below.style.height = "2000px", [...document.querySelectorAll("[role=grid]")].every(t => t.hidden ||
		t.querySelectorAll("tbody tr:not([hidden])").length === t.ariaRowCount - 1)`)
	says := tall.text("main, #below")
	if *update {
		b := open(t, url, 1280, 800)
		b.is("selected", "document.querySelectorAll('#tables tr.selected').length", "1")
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			png, err = withText(png, says)
		}
		if err = errors.Join(err, os.WriteFile(picture, png, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	png, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if got := textOf(png); got != says {
		t.Errorf("docs/page.png shows an older page. Renew it with\n  %s\nThe page says\n%s\nand the picture\n%s",
			renew, says, got)
	}
}

// keyword is the name of the chunk of a PNG file that holds the text of the page.
const keyword = "iTXtpage\x00\x00\x00\x00\x00"

// withText puts a text into a PNG file, in a chunk behind the first one, which has 13 bytes in every PNG file.
func withText(png []byte, text string) ([]byte, error) {
	const first = 8 + 4 + 4 + 13 + 4
	if len(png) < first || string(png[12:16]) != "IHDR" {
		return nil, errors.New("this is no PNG file")
	}
	chunk := []byte(keyword + text)
	out := bytes.Clone(png[:first])
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, png[first:]...), nil
}

// textOf is the text that withText has put into a PNG file.
func textOf(png []byte) string {
	before, after, ok := bytes.Cut(png, []byte(keyword))
	if !ok || len(before) < 4 {
		return ""
	}
	n := int(binary.BigEndian.Uint32(before[len(before)-4:])) - len(keyword) + 4
	return string(after[:min(max(n, 0), len(after))])
}

func TestTextOfAPictureIsWhatWasPutIn(t *testing.T) {
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), make([]byte, 30)...)
	with, err := withText(png, "p[0] → frame")
	if err != nil || textOf(with) != "p[0] → frame" || textOf(png) != "" {
		t.Errorf("%q, %v", textOf(with), err)
	}
	if _, err := withText([]byte("GIF89a"), ""); err == nil {
		t.Error("another file is taken for a PNG file")
	}
}
