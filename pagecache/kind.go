package pagecache

// Shmem reports whether the file lives in memory alone: tmpfs, memfd, shared anonymous memory.
// Linux: shmem_mapping (mm/shmem.c).
func (m *Mapping) Shmem() bool { return m.store.traits().Shmem }
