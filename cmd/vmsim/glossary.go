package main

// glossary is what the words of the field mean, by the word in lower case. docs/glossary.md is printed from it.
var glossary = map[string]string{
	"area":          "one contiguous range of an address space with one backing and one protection; Linux's struct vm_area_struct. A line of /proc/PID/maps is an area.",
	"page":          "4096 bytes of virtual memory or of a file, at a multiple of 4096.",
	"frame":         "4096 bytes of physical memory. A page-table entry says which frame a page is in.",
	"page-cache":    "the pages of files that are in memory. read(), write() and mmap all meet there: a mapping of a file shows the page cache's own frames.",
	"page-table":    "the tree that the processor walks to find a page's frame: four levels of 512 entries.",
	"entry":         "a page-table entry: the frame of one page, and whether it is present, writable, accessed and dirty.",
	"tlb":           "the processor's memory of the translations that it used last.",
	"fault":         "what the processor raises when an entry does not allow an access; the kernel repairs it, or the program gets a signal.",
	"minor fault":   "a fault that was repaired with what was in memory.",
	"major fault":   "a fault that had to wait for the disk.",
	"fault-around":  "a load that faults on a page of a file maps up to 15 neighbours that are in the page cache as well.",
	"copy-on-write": "two processes, or a private mapping and its file, share a frame until one of them writes; that one gets a copy.",
	"anonymous":     "memory that no file backs: heap, stack, MAP_ANONYMOUS.",
	"anon_vma":      "what leads from an anonymous frame to the areas that may map it; two areas with different ones never merge.",
	"dirty":         "changed since it was last read from or written to the disk.",
	"writeback":     "bringing dirty pages to the disk: by the flusher after a time, or at msync, fsync and sync.",
	"readahead":     "reading pages of a file before they are asked for, because the ones before them were.",
	"swap entry":    "a page-table entry that says where in the swap area the page is.",
	"swap cache":    "private pages that are on their way to the swap area or back from it.",
	"sigsegv":       "the signal of an access where there is no area (SEGV_MAPERR), or not that kind of access allowed (SEGV_ACCERR).",
	"sigbus":        "the signal of an access that an area allows, to a page that cannot be had: beyond the end of the file (BUS_ADRERR), or the disk failed.",
	"nopage":        "the old name of the operation by which a file supplies a page for a fault; Linux calls it fault today.",
	"msync":         "the call that writes a shared mapping's dirty pages back now. Without it they go back by themselves, later.",
	"remap_pfn_range": "how a driver's mmap operation shows bare physical frames, a frame buffer's for instance. Regular files never use it: " +
		"their pages come by faults.",
}
