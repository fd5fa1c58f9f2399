//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"syscall"
)

const dropCaches = "/proc/sys/vm/drop_caches"

// cacheDrops is how often anybody has had clean pages dropped since the machine was started; 0 where it does not say.
func cacheDrops() uint64 {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0
	}
	return number(text, "drop_pagecache")
}

// dropCaches has the kernel drop clean pages, of the whole machine. The calling thread does it, which is no process of
// the program's: an instance of its own reports the pages of the program's disk.
func (m *Machine) dropCaches(what int) error {
	const pages = 1
	if what&pages != 0 {
		m.seen.others.drops++
	}
	if m.seen.trace == nil || m.tree.loop == nil {
		return writeDropCaches(what)
	}
	t, err := newTracer()
	if err != nil {
		return err
	}
	defer t.close()
	device, err := m.tree.loop.device()
	if err != nil {
		return err
	}
	if err := t.follow(syscall.Gettid()); err != nil {
		return err
	}
	if err := t.set("events/"+deletionEvent+"/filter", fmt.Sprintf("s_dev == %d", device)); err != nil {
		return err
	}
	if err := t.set("events/"+deletionEvent+"/enable", "1"); err != nil {
		return err
	}
	if err := writeDropCaches(what); err != nil {
		return err
	}
	return t.read(func(line string) {
		if _, text, ok := traced(line); ok {
			m.seen.events = append(m.seen.events, text)
		}
	})
}

const deletionEvent = "filemap/mm_filemap_delete_from_page_cache"

func writeDropCaches(what int) error { return os.WriteFile(dropCaches, fmt.Append(nil, what), 0) }
