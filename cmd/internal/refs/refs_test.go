package refs_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/cmd/internal/refs"
)

// read reads a file of this content whole, three keys at a time.
func read(t *testing.T, name string, content []byte, format string) ([]uint64, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o644))
	r, done, err := refs.Open(path, format)
	if err != nil {
		return nil, err
	}
	defer done.Close()
	return all(r)
}

func all(r refs.Reader) (keys []uint64, err error) {
	part := make([]uint64, 3)
	for {
		n, err := r.Read(part)
		keys = append(keys, part[:n]...)
		if errors.Is(err, io.EOF) {
			return keys, nil
		}
		if err != nil {
			return keys, err
		}
	}
}

func TestLinesBecomePages(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []uint64
	}{
		{"a.csv", "page,time\n7,1\n0x10,2\n\n# no reference\n7\n", []uint64{7, 16, 7}},
		{"a.lackey", "==12== Lackey\nI  04001000,3\n L 1ffefff7a8,8\n S 00002ffe,4\n M 3000,1\n",
			[]uint64{0x4001, 0x1ffefff, 2, 3, 3}},
		{"a.msr", "128166372003061629,hm,1,Read,8192,4096,4011\n1,hm,1,Write,8191,2,9\n", []uint64{2, 1, 2}},
		{"a.perf", "app 12 [001] 3.4: 1 page-faults: 7ffff7ff4123 main+0x1c (/bin/app)\n" +
			"  app 12 [001] 3.5: page-faults:u:  addr: 0x5000\n", []uint64{0x7ffff7ff4, 5}},
	} {
		keys, err := read(t, test.name, []byte(test.text), "")
		require.NoError(t, err, test.name)
		if test.name == "a.msr" {
			base := keys[0] - 2
			for i := range keys {
				keys[i] -= base
			}
		}
		assert.Equal(t, test.want, keys, test.name)
	}
}

func TestPerfTraceTellsPagesOfFilesApart(t *testing.T) {
	keys, err := read(t, "a.perf", []byte(`
     0.000 ( 0.000 ms): app/12 minfault [_start+0x3] => /lib/ld.so@0x1f123 (d.)
     0.010 ( 0.000 ms): app/12 majfault [_start+0x9] => /lib/ld.so@0x1f9ff (d.)
     0.020 ( 0.000 ms): app/12 minfault [_start+0x9] => /lib/libc.so@0x1f9ff (d.)
     0.030 ( 0.000 ms): app/12 minfault [_start+0x9] => [stack]@0x10 (d.)
`), "")
	require.NoError(t, err)
	require.Len(t, keys, 4)
	assert.Equal(t, keys[0], keys[1])
	assert.NotEqual(t, keys[1], keys[2])
	assert.NotEqual(t, keys[2], keys[3])
}

func TestOracleTracesPackedOrNot(t *testing.T) {
	var plain bytes.Buffer
	want := []uint64{5, 1 << 40, 5, 6}
	for i, key := range want {
		_ = binary.Write(&plain, binary.LittleEndian, uint32(i))
		_ = binary.Write(&plain, binary.LittleEndian, key)
		_ = binary.Write(&plain, binary.LittleEndian, uint32(4096))
		_ = binary.Write(&plain, binary.LittleEndian, int64(-1))
	}
	var zipped, packed bytes.Buffer
	g := gzip.NewWriter(&zipped)
	_, _ = g.Write(plain.Bytes())
	require.NoError(t, g.Close())
	z, err := zstd.NewWriter(&packed)
	require.NoError(t, err)
	_, _ = z.Write(plain.Bytes())
	require.NoError(t, z.Close())

	for name, content := range map[string][]byte{
		"a.oracleGeneral": plain.Bytes(), "a.oracleGeneral.gz": zipped.Bytes(), "a.oracleGeneral.zst": packed.Bytes(),
	} {
		keys, err := read(t, name, content, "")
		require.NoError(t, err, name)
		assert.Equal(t, want, keys, name)
	}
	_, err = read(t, "cut.oracle", plain.Bytes()[:50], "")
	assert.ErrorContains(t, err, "the last reference is cut after 2 of 24 bytes")
}

func TestWhatCannotBeReadSaysWhere(t *testing.T) {
	for _, test := range []struct{ name, text, format, want string }{
		{"a.lackey", " L 1000,8\n L nothing\n", "", `a.lackey: line 2: "nothing" is not ADDRESS,SIZE`},
		{"a.msr", "1,hm,1,Read,x,1,1\n", "", `line 1: offset "x", bytes "1": not numbers`},
		{"a.bin", "", "", "does not say which format it has; name one with --format: csv, lackey, perf, msr, oracle"},
		{"a.csv", "", "cvs", `there is no format "cvs"`},
		{"a.csv.zst", "\x28\xb5\x2f\xfd broken", "", "a.csv.zst: "},
	} {
		_, err := read(t, test.name, []byte(test.text), test.format)
		assert.ErrorContains(t, err, test.want, test.name)
	}
	_, _, err := refs.Open(filepath.Join(t.TempDir(), "none.csv"), "")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestZipfIsTheSameEachTime(t *testing.T) {
	first, err := refs.ParseZipf("1000,50")
	require.NoError(t, err)
	second, err := refs.ParseZipf("1000,50,1,1")
	require.NoError(t, err)
	a, _ := all(first)
	b, _ := all(second)
	assert.Equal(t, a, b)
	assert.Len(t, a, 1000)
	for _, spec := range []string{"", "1", "x,1", "1,0", "1,2,-1", "1,2,1,x", "1,2,3,4,5", "1,1000000000000"} {
		_, err := refs.ParseZipf(spec)
		assert.ErrorContains(t, err, "zipf:REFERENCES,PAGES,ALPHA,SEED", spec)
	}
}

// FuzzLines: no line of any format panics or gives more keys than a reference may have.
func FuzzLines(f *testing.F) {
	f.Add("7,1\n L 1000,8\n1,h,1,Read,8192,4096,1\nx minfault [a] => b@0x10 (d.)\npage-faults: 7f00\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range refs.Formats {
			r := format.Read(strings.NewReader(text))
			for range 1000 {
				if _, err := r.Read(make([]uint64, 64)); err != nil {
					break
				}
			}
		}
	})
}
