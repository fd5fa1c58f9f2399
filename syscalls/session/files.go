package session

import (
	"fmt"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// EachFile calls fn for every file of the machine, by the name that FileName gives it: those with a path first, then
// those that no path leads to.
func (s *Session) EachFile(fn func(name string, m *pagecache.Mapping)) { eachFile(s.Kernel(), fn) }

func eachFile(k *syscalls.Kernel, fn func(name string, m *pagecache.Mapping)) {
	k.Files(fn)
	k.Cache.Each(func(m *pagecache.Mapping) {
		if nameless(m) {
			fn(FileName(m), m)
		}
	})
}

// nameless reports whether no path leads to a file: it was unlinked, or never had a name.
func nameless(m *pagecache.Mapping) bool { return m.Links() == 0 && m.Type() == pagecache.Regular }

// FileName is what the views call a file: the path that it was made by. A file that no path leads to is called by what
// it was and by its inode number, so that two of them are two: "a (deleted)#1030", "memfd:x#1031".
func FileName(m *pagecache.Mapping) string {
	if !nameless(m) {
		return m.Label
	}
	name := ShortName(m.Label)
	if strings.HasPrefix(name, "#") {
		return fmt.Sprintf("tmpfile#%d", m.Number) // O_TMPFILE
	}
	if !m.Private && !strings.HasPrefix(name, "SYSV") {
		name += " (deleted)"
	}
	return fmt.Sprintf("%s#%d", name, m.Number)
}

// ShortName is the last part of a file's name, which is enough to name it by.
func ShortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// File is the file that a name means: what a view calls it, the end of that, or a name that is bound to a descriptor of
// it.
func (s *Session) File(name string) (path string, m *pagecache.Mapping, err error) {
	var known []string
	s.EachFile(func(p string, f *pagecache.Mapping) {
		known = append(known, p)
		if m == nil && (p == name || strings.HasSuffix(p, "/"+name) || strings.HasPrefix(p, name+"#") ||
			strings.HasPrefix(p, name+" (deleted)#")) {
			path, m = p, f
		}
	})
	if m == nil {
		m = s.opened(name)
	}
	if m == nil {
		return "", nil, fmt.Errorf("no file is called %q; %s", name, s.filesInstead(name, known))
	}
	if path == "" {
		path = FileName(m)
	}
	return path, m, nil
}

// filesInstead says which files there are: the one that is mapped at the address that the name is bound to, or all.
func (s *Session) filesInstead(name string, known []string) string {
	at, bound := s.Value(name)
	if p, ok := s.Kernel().Process(s.live.pid()); bound && ok {
		if a := p.Space.Find(vm.Addr(at)); a != nil && pagecache.FileOf(a) != nil {
			file := FileName(pagecache.FileOf(a).Mapping)
			return fmt.Sprintf("it is an address where %s is mapped: call its pages %s:0, %[2]s:1 …", file,
				ShortName(file))
		}
	}
	return "there are: " + strings.Join(known, ", ")
}

// opened is the file of the descriptor that a name is bound to; nil for none.
func (s *Session) opened(name string) *pagecache.Mapping {
	fd, bound := s.Value(name)
	p, ok := s.Kernel().Process(s.live.pid())
	if !bound || !ok {
		return nil
	}
	return p.FileOf(int(fd))
}

// fileLabel is the name of the file with that inode number: the last that it had, where the file is no more.
func (s *Session) fileLabel(ino uint64) string {
	label := s.Branch().names[ino]
	s.EachFile(func(name string, m *pagecache.Mapping) {
		if m.Number == ino {
			label = name
		}
	})
	if label == "" {
		return fmt.Sprintf("inode %d", ino)
	}
	return label
}

// keepNames notes what the files of the machine are called, for steps that are told when a file is no more.
func (m *machine) keepNames() {
	eachFile(m.model.Kernel, func(name string, f *pagecache.Mapping) { m.branch.names[f.Number] = name })
}

// keepName notes the name of the file that a new step is about, unless it is known.
func (m *machine) keepName(e trace.Event) {
	for i, a := range e.Kind.Args() {
		if a == trace.ArgInode && m.branch.names[e.Args[i]] == "" {
			m.keepNames()
		}
	}
}
