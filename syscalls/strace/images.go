package strace

import (
	"encoding/binary"
	"io"
)

// The second reading of a log finds what lies in each image, which the third one needs where the image begins. A long
// log has many: those that no process has any more go to a file meanwhile.

// Spill is a place for what a long log needs of its programs.
type Spill interface {
	io.ReaderAt
	io.WriterAt
}

// imageStore are the images of a log, by their numbers.
type imageStore struct {
	spill   Spill          // nil where all are kept in memory
	kept    map[int]*image // in memory
	offsets []int64        // in the spill, plus one; 0 for those that are not there
	end     int64          // of the spill
	enough  int            // how many may be kept before the next look
	err     error
}

// keptAtLeast is how many images are kept without a look at which of them are in use.
const keptAtLeast = 64

// add keeps a new image.
func (s *imageStore) add(i *image) {
	if s.kept == nil {
		s.kept, s.enough = map[int]*image{}, keptAtLeast
	}
	s.kept[len(s.offsets)] = i
	s.offsets = append(s.offsets, 0)
}

// take is the image with a number, which is asked for once.
func (s *imageStore) take(n int) *image {
	if i := s.kept[n]; i != nil {
		delete(s.kept, n)
		return i
	}
	var size [4]byte
	_, err := s.spill.ReadAt(size[:], s.offsets[n]-1)
	text := make([]byte, binary.LittleEndian.Uint32(size[:]))
	if err == nil {
		_, err = s.spill.ReadAt(text, s.offsets[n]-1+int64(len(size)))
	}
	if err != nil {
		s.err = err
		return &image{}
	}
	return readImage(text)
}

// spillUnused writes the images that are not in use to the spill. One that cannot be written stays in memory.
func (s *imageStore) spillUnused(used map[*image]bool) {
	for n, i := range s.kept {
		if used[i] {
			continue
		}
		text := i.append(make([]byte, 4, 256))
		binary.LittleEndian.PutUint32(text, uint32(len(text)-4))
		if _, err := s.spill.WriteAt(text, s.end); err != nil {
			break
		}
		s.offsets[n] = s.end + 1
		s.end += int64(len(text))
		delete(s.kept, n)
	}
	s.enough = keptAtLeast + 2*len(s.kept)
}

// tidy spills images when there are many.
func (im *importer) tidy() {
	if im.images.spill == nil || len(im.images.kept) < im.images.enough {
		return
	}
	used := map[*image]bool{}
	for _, r := range im.roots {
		used[r.image] = true
	}
	for _, t := range im.tasks {
		if !t.ended {
			used[t.space.image] = true
		}
	}
	im.images.spillUnused(used)
}

// append writes an image: what readImage reads.
func (i *image) append(b []byte) []byte {
	known := uint64(0)
	if i.known {
		known = 1
	}
	b = binary.AppendUvarint(b, uint64(len(i.exe)))
	b = append(b, i.exe...)
	for _, v := range []uint64{known, i.brk, i.top} {
		b = binary.AppendUvarint(b, v)
	}
	return i.points.append(i.needs.append(b))
}

// readImage reads what append has written.
func readImage(b []byte) *image {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	i := &image{}
	n := next()
	i.exe, b = string(b[:n]), b[n:]
	i.known = next() == 1
	i.brk, i.top = next(), next()
	for _, s := range []*spans{&i.needs, &i.points} {
		at := uint64(0)
		for range next() {
			from := at + next()
			at = from + next()
			*s = append(*s, span{from, at})
		}
	}
	return i
}

// append writes the ranges as the distances between their ends.
func (s spans) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	at := uint64(0)
	for _, x := range s {
		b = binary.AppendUvarint(b, x.from-at)
		b = binary.AppendUvarint(b, x.to-x.from)
		at = x.to
	}
	return b
}
