// Package refs reads traces of references to pages, in the forms that other programs write.
//
// A trace is a sequence of keys, one for each reference. Equal keys are the same page; nothing else about a key counts.
// Addresses and offsets become page numbers (4 KiB), names become hashes.
package refs

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Reader gives the keys of a trace in order.
type Reader interface {
	// Read fills keys and returns how many there are; io.EOF with 0 after the last.
	Read(keys []uint64) (int, error)
}

// Format is a form of a trace file.
type Format struct {
	Name     string
	About    string
	suffixes []string
	open     func(*bufio.Reader) Reader
}

// Formats lists the forms by the names that --format takes.
var Formats = []Format{
	{"csv", "a line for each reference, the key in its first column", []string{".csv", ".txt"}, linesOf(csvLine)},
	{"lackey", "valgrind --tool=lackey --trace-mem=yes", []string{".lackey"}, linesOf(lackeyLine)},
	{"perf", "page faults as perf script and perf trace -F all print them", []string{".perf"}, linesOf(perfLine)},
	{"msr", "block requests: time,host,disk,type,offset,bytes,latency", []string{".msr"}, linesOf(msrLine)},
	{"oracle", "oracleGeneral: 24 bytes a reference (time, key, size, next use)", []string{".oracleGeneral", ".oracle"},
		newOracle},
	{"vms", "a program, which is run: each page that it uses", []string{".vms"}, newProgram},
}

// bufferSize is how much of a file is read at a time.
const bufferSize = 1 << 20

// Open opens a trace: zipf:N,PAGES,ALPHA,SEED, which is made up, or a file. A file that ends in .gz or .zst is
// unpacked.
// The format is the one that is named, or else what the file's name says. Close releases the file.
func Open(name, format string) (Reader, io.Closer, error) {
	if spec, ok := strings.CutPrefix(name, "zipf:"); ok {
		return openZipf(spec)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	f, err := formatOf(name, format)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	r, done, err := unpack(file)
	if err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return named{f.Read(r), name}, closers{done, file}, nil
}

// openZipf is a trace that is made up as it is read.
func openZipf(spec string) (Reader, io.Closer, error) {
	z, err := ParseZipf(spec)
	if err != nil {
		return nil, nil, err
	}
	return z, io.NopCloser(nil), nil
}

// formatOf is the format of that name, or for "" the one that the file's name says.
func formatOf(name, format string) (*Format, error) {
	plain := strings.TrimSuffix(strings.TrimSuffix(name, ".zst"), ".gz")
	for i, f := range Formats {
		if f.Name == format || format == "" && f.endsAs(plain) {
			return &Formats[i], nil
		}
	}
	var known []string
	for _, f := range Formats {
		known = append(known, f.Name)
	}
	if format != "" {
		return nil, fmt.Errorf("there is no format %q; the formats are %s", format, strings.Join(known, ", "))
	}
	return nil, fmt.Errorf("the name of %s does not say which format it has; name one with --format: %s\n"+
		"Try: --format %s", name, strings.Join(known, ", "), known[0])
}

// endsAs reports whether a file's name ends as those of this format do.
func (f *Format) endsAs(name string) bool {
	return slices.ContainsFunc(f.suffixes, func(s string) bool { return strings.EqualFold(filepath.Ext(name), s) })
}

// unpack looks at how a file begins and unpacks gzip and zstd.
func unpack(file io.ReadSeeker) (io.Reader, io.Closer, error) {
	var magic [4]byte
	if _, err := io.ReadFull(file, magic[:]); err != nil && !errors.Is(err, io.EOF) &&
		!errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	switch {
	case magic == [4]byte{0x28, 0xb5, 0x2f, 0xfd}:
		z, err := zstd.NewReader(file)
		if err != nil {
			return nil, nil, err
		}
		return z, z.IOReadCloser(), nil
	case magic[0] == 0x1f && magic[1] == 0x8b:
		z, err := gzip.NewReader(file)
		return z, z, err
	}
	return file, io.NopCloser(nil), nil
}

// named puts the file's name in front of its errors.
type named struct {
	Reader
	name string
}

func (n named) Read(keys []uint64) (int, error) {
	k, err := n.Reader.Read(keys)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", n.name, err)
	}
	return k, err
}

type closers []io.Closer

func (c closers) Close() (err error) {
	for _, x := range c {
		err = errors.Join(err, x.Close())
	}
	return err
}

// Read reads a trace of this format from a stream that is not packed.
func (f *Format) Read(r io.Reader) Reader {
	return f.open(bufio.NewReaderSize(r, bufferSize))
}
