package strace

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// BenchmarkImport imports a log of a program with three threads, over and over.
func BenchmarkImport(b *testing.B) {
	text, err := os.ReadFile("testdata/forms/attached.log")
	if err != nil {
		b.Fatal(err)
	}
	log := bytes.Repeat(text, 200)
	lines := bytes.Count(log, []byte("\n"))
	for _, how := range []struct {
		name string
		Checking
	}{{"checked", Checked}, {"unchecked", Unchecked}} {
		b.Run(how.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := Import("b", bytes.NewReader(log), io.Discard, Options{Checking: how.Checking})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
