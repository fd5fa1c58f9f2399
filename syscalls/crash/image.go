package crash

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vmsim/disk"
)

// choice is what the disk may have of one file: its size, and for each sector that is read the contents that it may
// hold, the oldest first.
type choice struct {
	exists  bool
	size    int64
	sectors []versions
}

// versions are the contents that a sector may hold, and since which moment it had each.
type versions struct {
	number int64
	texts  []string
	since  []int
}

// key tells choices apart that an invariant can tell apart.
func (c choice) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %d", c.exists, c.size)
	for _, v := range c.sectors {
		fmt.Fprintf(&b, "|%d", v.number)
		for _, t := range v.texts {
			b.WriteString("=" + t)
		}
	}
	return b.String()
}

// point is a moment at which the power fails: while the statement of moment last runs, or, where that is base, after
// the last one.
type point struct{ base, last int }

// journals are the moments whose names and files the journal may have: that of the model's last commit, as base has it
// (-1), and any later one.
func (r *record) journals(p point) (at []int) {
	at = []int{-1}
	for j := r.committed(p.base); j <= p.last; j++ {
		at = append(at, j)
	}
	return at
}

// committed is the moment of the journal's last commit until moment base.
func (r *record) committed(base int) int {
	j := base
	for j > 0 && r.moments[j-1].commits == r.moments[base].commits {
		j--
	}
	return j
}

// named is the file that the journal of moment j has under a path; nil for none.
func (r *record) named(p point, j int, path string) *disk.Inode {
	if j < 0 {
		return r.moments[p.base].journal[path]
	}
	return r.moments[j].names[path]
}

// choices are what may be found under a path where the journal is that of moment j.
func (r *record) choices(p point, j int, path string, reads []int64) (out []choice) {
	n := r.named(p, j, path)
	if n == nil {
		return []choice{{}}
	}
	seen := map[string]bool{}
	add := func(c choice) {
		if k := c.key(); !seen[k] {
			seen[k] = true
			out = append(out, c)
		}
	}
	add(r.asWritten(p, j, n, reads))
	upTo := j
	if j < 0 {
		upTo = r.committed(p.base)
	}
	for w := r.uncut(n, upTo); w <= upTo; w++ {
		if r.moments[w].files[n] != nil {
			add(r.writtenAt(p, j, w, n, reads))
		}
	}
	return out
}

// uncut is the first moment since which a file has not become shorter, up to moment upTo.
func (r *record) uncut(n *disk.Inode, upTo int) int {
	w := upTo
	for w > 0 && r.moments[w].files[n] != nil && r.moments[w-1].files[n] != nil &&
		r.moments[w-1].files[n].size <= r.moments[w].files[n].size {
		w--
	}
	return w
}

// asWritten is a file without any writeback but the model's own.
func (r *record) asWritten(p point, j int, n *disk.Inode, reads []int64) choice {
	c := choice{exists: true, size: r.sizeWritten(p, j, n)}
	for _, s := range reads {
		v := versions{number: s}
		switch placed, floor := r.floor(p, j, n, s); {
		case !placed:
			v.texts, v.since = []string{zeros}, []int{-1}
		default:
			if j < 0 {
				v.add(r.moments[p.base].files[n].sectors[s].durable, floor)
			}
			r.addVersions(&v, n, s, floor, p.last)
		}
		c.sectors = append(c.sectors, v)
	}
	return c
}

// sizeWritten is a file's size by the journal of moment j, without any writeback but the model's own.
func (r *record) sizeWritten(p point, j int, n *disk.Inode) int64 {
	if j < 0 {
		return r.moments[p.base].files[n].durableSize
	}
	return r.moments[j].files[n].diskSize
}

// floor is the moment whose content a sector has at least, where the journal is that of moment j; placed is false where
// the journal has no written block for it.
func (r *record) floor(p point, j int, n *disk.Inode, s int64) (placed bool, floor int) {
	base, durable := r.moments[p.base].files[n], r.lastDurable(p, n, s)
	if j < 0 {
		return base.sectors[s].kept, max(durable, 0)
	}
	if !r.moments[j].files[n].sectors[s].placed {
		return false, 0
	}
	for i := j; i > durable; i-- { // a commit flushes the disk: what had been written is durable
		if f := r.moments[i].files[n]; f != nil && f.sectors[s].clean {
			return true, i
		}
	}
	return true, max(durable, 0)
}

// lastDurable is the last moment up to the point at which the disk had what the sector holds; -1 for none.
func (r *record) lastDurable(p point, n *disk.Inode, s int64) int {
	if r.moments[p.base].files[n] == nil {
		return -1
	}
	for i := p.base; i >= 0; i-- {
		f := r.moments[i].files[n]
		if f == nil {
			break
		}
		if x := f.sectors[s]; x.clean && x.endures && x.live == x.durable {
			return i
		}
	}
	return -1
}

// writtenAt is a file that was written back whole after moment w, before the journal was written.
func (r *record) writtenAt(p point, j, w int, n *disk.Inode, reads []int64) choice {
	c := choice{exists: true, size: max(r.moments[w].files[n].size, r.sizeWritten(p, j, n))}
	for _, s := range reads {
		v := versions{number: s}
		from := w
		if placed, floor := r.floor(p, j, n, s); placed {
			from = max(w, floor)
		}
		r.addVersions(&v, n, s, from, p.last)
		c.sectors = append(c.sectors, v)
	}
	return c
}

// addVersions adds the contents that a sector had in memory from one moment to another. A file that has lost its last
// name has none.
func (r *record) addVersions(v *versions, n *disk.Inode, s int64, from, to int) {
	for i := from; i <= to; i++ {
		if f := r.moments[i].files[n]; f != nil && f.sectors[s].live != "" {
			v.add(f.sectors[s].live, i)
		}
	}
}

func (v *versions) add(text string, since int) {
	if !slices.Contains(v.texts, text) {
		v.texts, v.since = append(v.texts, text), append(v.since, since)
	}
}

// crop replaces what no condition reads by zeros, so that sectors that differ there alone count once.
func (v *versions) crop(read func(byteOfSector int64) bool) {
	out := versions{number: v.number}
	for i, text := range v.texts {
		b := []byte(text)
		for k := range b {
			if !read(int64(k)) {
				b[k] = 0
			}
		}
		out.add(string(b), v.since[i])
	}
	*v = out
}

// sortReads are the sectors in order.
func sortReads(reads map[int64]bool) (out []int64) {
	for n := range reads {
		out = append(out, n)
	}
	slices.SortFunc(out, cmp.Compare[int64])
	return out
}
