package strace

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// BenchmarkImport imports a log of a program with three threads, over and over, and one of 28 programs that a shell
// starts. It reports lines for each second.
func BenchmarkImport(b *testing.B) {
	for _, log := range []struct{ name, file string }{
		{"threads", "testdata/forms/attached.log"}, {"programs", "testdata/everyday/gcc.log"},
	} {
		text := readLog(b, log.file)
		for _, how := range []struct {
			name string
			Checking
		}{{"checked", Checked}, {"unchecked", Unchecked}} {
			b.Run(log.name+"/"+how.name, func(b *testing.B) {
				long := &repeated{text: text, times: 1 << 23 / len(text)}
				lines := long.times * bytes.Count(text, []byte("\n"))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Import("b", long, io.Discard, Options{Checking: how.Checking}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
			})
		}
	}
}

func readLog(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// repeated is a log that is the same text some number of times, and takes no more memory than that text.
type repeated struct {
	text  []byte
	times int
	at    int64
}

func (r *repeated) size() int64 { return int64(len(r.text)) * int64(r.times) }

func (r *repeated) Read(p []byte) (n int, err error) {
	if r.at >= r.size() {
		return 0, io.EOF
	}
	n = copy(p, r.text[r.at%int64(len(r.text)):])
	r.at += int64(n)
	return n, nil
}

func (r *repeated) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		r.at = offset
	case io.SeekCurrent:
		r.at += offset
	case io.SeekEnd:
		r.at = r.size() + offset
	}
	return r.at, nil
}

// live imports a log that is a text some number of times. It is the most memory that the import had in use when it
// reported how far it was.
func live(t *testing.T, text []byte, times int) uint64 {
	t.Helper()
	most := uint64(0)
	measure := func(int64, int64) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	log := &repeated{text: text, times: times}
	importInto(t, log, measure)
	return most
}

// importInto imports a log without running it, with a file for what it needs of the log's programs.
func importInto(t *testing.T, log io.ReadSeeker, progress func(done, all int64)) {
	t.Helper()
	spill, err := os.Create(filepath.Join(t.TempDir(), "spill"))
	if err != nil {
		t.Fatal(err)
	}
	defer spill.Close()
	how := Options{Checking: Unchecked, Spill: spill, Progress: progress}
	if _, err := Import("b", log, io.Discard, how); err != nil {
		t.Fatal(err)
	}
}

func TestMemoryOfAnImportDoesNotGrowWithTheLog(t *testing.T) {
	text := readLog(t, "testdata/forms/attached.log")
	const once = 1 << 18 // lines: progress is reported a few times
	times := once / bytes.Count(text, []byte("\n"))
	short := live(t, text, times)
	long := live(t, text, 3*times)
	if long > short+256<<10 {
		t.Errorf("a log three times as long takes %d bytes more", long-short)
	}
	t.Logf("%d bytes and %d", short, long)
}
