package refs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const pageShift = 12

// line appends the keys of a line of text; a line that holds no reference has none.
type line func(keys []uint64, text string) ([]uint64, error)

// lines reads a trace that has a line for each reference.
type lines struct {
	scanner *bufio.Scanner
	parse   line
	number  int
	more    []uint64 // keys that were read and not given yet
	buffer  []uint64
}

// linesOf is how a format opens whose files are lines that parse reads.
func linesOf(parse line) func(*bufio.Reader) Reader {
	return func(r *bufio.Reader) Reader {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 0, bufferSize), bufferSize)
		return &lines{scanner: s, parse: parse}
	}
}

func (l *lines) Read(keys []uint64) (n int, err error) {
	for {
		k := copy(keys[n:], l.more)
		n, l.more = n+k, l.more[k:]
		if n == len(keys) {
			return n, nil
		}
		if !l.scanner.Scan() {
			break
		}
		l.number++
		if l.buffer, err = l.parse(l.buffer[:0], l.scanner.Text()); err != nil {
			return n, fmt.Errorf("line %d: %w", l.number, err)
		}
		l.more = l.buffer
	}
	if err := l.scanner.Err(); err != nil {
		return n, fmt.Errorf("line %d: %w", l.number+1, err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// csvLine takes the first column: a number, in hex after 0x, or a name. Comments, empty lines and a heading are no
// references.
func csvLine(keys []uint64, text string) ([]uint64, error) {
	key, _, _ := strings.Cut(text, ",")
	key = strings.Trim(key, " \t\r\"")
	switch {
	case key == "" || key[0] == '#':
		return keys, nil
	case key == "key" || key == "page" || key == "id" || key == "address":
		return keys, nil
	}
	if n, err := strconv.ParseUint(key, 0, 64); err == nil {
		return append(keys, n), nil
	}
	return append(keys, hash(key)), nil
}

// lackeyLine takes lines as " S 1ffefff7a8,8": an instruction fetch (I), a load (L), a store (S) or both (M).
func lackeyLine(keys []uint64, text string) ([]uint64, error) {
	kind, rest, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok || len(kind) != 1 || !strings.Contains("ILSM", kind) {
		return keys, nil // what valgrind says beside the trace
	}
	at, size, ok := strings.Cut(strings.TrimSpace(rest), ",")
	address, err := strconv.ParseUint(at, 16, 64)
	bytes, err2 := strconv.ParseUint(size, 10, 64)
	if !ok || err != nil || err2 != nil {
		return keys, fmt.Errorf("%q is not ADDRESS,SIZE", rest)
	}
	return span(keys, 0, address, bytes), nil
}

// perfLine takes the faulting address of a line of perf script ("page-faults: 7f3a…", "addr: 7f3a…") or of perf
// trace ("minfault [main+0x1c] => /lib/libc.so.6@0x8d1f0 (d.)").
func perfLine(keys []uint64, text string) ([]uint64, error) {
	if _, target, ok := strings.Cut(text, " => "); ok && strings.Contains(text, "fault [") {
		place, _, _ := strings.Cut(target, " ")
		return append(keys, place2key(place)), nil
	}
	fields := strings.Fields(text)
	for i, word := range fields[:max(0, len(fields)-1)] {
		if !strings.HasPrefix(word, "page-faults") && !strings.HasPrefix(word, "major-faults") &&
			!strings.HasPrefix(word, "minor-faults") && word != "addr:" {
			continue
		}
		if address, err := strconv.ParseUint(strings.TrimPrefix(fields[i+1], "0x"), 16, 64); err == nil {
			return append(keys, address>>pageShift), nil
		}
	}
	return keys, nil
}

// place2key makes a key of FILE@0xOFFSET or of an address.
func place2key(place string) uint64 {
	file, at, ok := strings.Cut(place, "@")
	if !ok {
		file, at = "", place
	}
	offset, err := strconv.ParseUint(strings.TrimPrefix(at, "0x"), 16, 64)
	if err != nil {
		return hash(place)
	}
	if file == "" {
		return offset >> pageShift
	}
	return hash(file) + offset>>pageShift
}

// msrLine takes lines as "128166372003061629,hm,1,Read,383496192,32768,4011".
func msrLine(keys []uint64, text string) ([]uint64, error) {
	f := strings.Split(strings.TrimSpace(text), ",")
	if len(f) == 1 && f[0] == "" {
		return keys, nil
	}
	if len(f) < 6 {
		return keys, errors.New("not time,host,disk,type,offset,bytes,latency")
	}
	offset, err := strconv.ParseUint(f[4], 10, 64)
	bytes, err2 := strconv.ParseUint(f[5], 10, 64)
	if err != nil || err2 != nil {
		return keys, fmt.Errorf("offset %q, bytes %q: not numbers", f[4], f[5])
	}
	return span(keys, hash(f[1]+","+f[2]), offset, bytes), nil
}

// mostPages of one reference: an access of more is a mistake of the trace.
const mostPages = 1 << 20

// span appends the pages of a range of bytes.
func span(keys []uint64, base, from, bytes uint64) []uint64 {
	first, last := from>>pageShift, (from+max(bytes, 1)-1)>>pageShift
	for page := first; page <= last && page-first < mostPages; page++ {
		keys = append(keys, base+page)
	}
	return keys
}

// hash makes a key of a name; the same in each run of the program.
func hash(name string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}
