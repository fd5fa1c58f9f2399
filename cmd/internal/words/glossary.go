package words

// glossary is what the words of the field mean, by the word in lower case. docs/glossary.md is printed from it.
var glossary = joined(map[string]string{
	"mm_struct":      "see address space: Linux's structure for it.",
	"vm_area_struct": "see area: Linux's structure for it.",
	"address_space":  "see mapping: Linux's structure for it.",
	"maps": "/proc/PID/maps: a line for each area, with its range, permissions, offset and file. At " +
		"the prompt: info maps.",
	"smaps": "/proc/PID/smaps: maps with what is resident of each area. At the prompt: info smaps.",
	"rw-p": "an area's permissions in maps: read, write, execute, then p for private or s for " +
		"shared; - for what it may not.",
	"page frame":       "see frame.",
	"struct page":      "see frame: Linux's structure for it.",
	"page-table entry": "see entry.",
	"physical memory":  "the machine's frames.",
	"virtual memory": "the addresses that programs use; the page table says which frame each page of them is " +
		"in, if any.",
	"demand paging": "pages come when they are accessed, by faults, and not when they are mapped.",
	"swapping":      "bringing private pages to the swap area when memory is short; see swap cache.",
	"locked": "kept in memory by mlock: reclaim passes it over. Of a page of a file also: being read " +
		"or written back.",
	"mmap": "the call that makes a file or anonymous memory an area of the address space; also a " +
		"flag of a page that some page table maps.",
	"mapped":               "shown by some page table.",
	"copied":               "moved by the processor, byte by byte; what the device moves is DMA.",
	"cached":               "in the page cache.",
	"entries":              "see entry.",
	"disk":                 "where files are when they are not in memory: a device of blocks.",
	"address space":        "all that a process can address: its areas and its page table; Linux's struct mm_struct.",
	"backing":              "what supplies an area's pages: an open file, or nothing for anonymous memory.",
	"block":                "4096 bytes of a disk. A page of a file lies in one, once the file system has chosen it.",
	"cache":                "see page cache; the swap cache is another.",
	"child":                "the process that fork has made.",
	"clean":                "not dirty: not stored to since it was read or written back, even if that failed.",
	"commit limit":         "how much memory may be promised to processes in all; what is promised is not yet taken.",
	"delayed allocation":   "a file's new page gets its block when it is written back, and not when it is made dirty.",
	"descriptor":           "a small number by which a process names an open file. An area holds the open file itself.",
	"device":               "the disk, as the kernel sees it: it is given requests, and moves bytes by DMA.",
	"direct memory access": "see DMA.",
	"dma":                  "the device moves bytes to or from memory by itself; the processor copies nothing.",
	"extent":               "a run of a file's blocks that lie side by side on the disk.",
	"file system":          "what keeps files: tmpfs in memory, ext4 on a disk.",
	"flusher":              "the kernel's own thread that writes back what has been dirty too long, or is too much.",
	"folio": "one or more neighbouring frames that are kept together as one; Linux's unit of the page " +
		"cache.",
	"guard": "a page that raises SIGSEGV on purpose, made by MADV_GUARD_INSTALL; below a stack there " +
		"is a gap for the same reason.",
	"guard marker": "a page-table entry that says that the page is a guard.",
	"hole":         "a part of a file without blocks: it reads as zeros.",
	"inode":        "what a file is, whatever its names: its size, its blocks, its pages in memory.",
	"mapping": "the cached pages of one file, Linux's address_space. What mmap makes is called an area " +
		"here.",
	"mark":      "the page at which a reader starts the next window of readahead.",
	"neighbour": "the area before or after, which may take in a new range; or the pages around a fault.",
	"open file": "what open() makes: a file as somebody uses it, with mode and position. Descriptors and " +
		"areas hold it.",
	"overcommit": "promising more memory than there is; vm.overcommit_memory says how freely.",
	"page fault": "see fault.",
	"pfn":        "the number of a frame: its physical address divided by 4096.",
	"populate":   "faulting pages in before they are accessed: MAP_POPULATE, mlock, MADV_POPULATE_READ.",
	"process": "a running program: an address space, a processor and open files. They are numbered from " +
		"1.",
	"reclaim":     "taking pages away from their users to have free frames.",
	"request":     "what the device is given: a direction, a block, a number of blocks.",
	"reverse map": "what leads from a frame to the entries that map it; writeback and truncation need it.",
	"undetermined": "of a byte: no fact of Linux. Other processors may leave another one there, since a copy " +
		"overlapped in one frame. It prints as ?.",
	"scratch":     "1 MiB of the process's bss for paths and buffers. See vmsim help language.",
	"pattern":     "pattern(k): a buffer whose byte j is (7*j + k) mod 256. See vmsim help language.",
	"language":    "what programs are written in. See vmsim help language.",
	"shared":      "MAP_SHARED: stores are seen by the file and by everybody else who maps it.",
	"private":     "MAP_PRIVATE: stores go to copies of one's own.",
	"signal":      "how the kernel tells a process of an access that cannot be repaired: SIGSEGV, SIGBUS.",
	"sigkill":     "the signal that ends a process; here it tells that no frame is left.",
	"segv_maperr": "the code of a SIGSEGV where nothing is mapped.",
	"segv_accerr": "the code of a SIGSEGV where something is mapped, but not for that kind of access.",
	"bus_adrerr":  "the code of a SIGBUS at a page beyond the end of its file.",
	"step": "the smallest thing that the model does; each is logged, numbered, costs time, and has a " +
		"counterpart in Linux.",
	"stack":       "the area that grows down by itself when an access goes just below it.",
	"swap area":   "the part of a disk where private pages go when memory is short.",
	"system call": "how a process asks the kernel for something; loads and stores are none.",
	"tmpfs":       "a file system whose files are in memory alone; there is no disk to read from.",
	"ext4":        "a file system on a disk, with extents and delayed allocation.",
	"tracepoint":  "a place in Linux where it can be made to tell what it does.",
	"tree":        "how areas are kept, ordered by address; a maple tree in Linux, a B-tree here.",
	"truncate":    "making a file shorter: its pages beyond the new end leave every page table.",
	"user":        "the process's side, as against the kernel's.",
	"virtual time": "the model's clock: each step costs what its row in the table says, and the disk takes " +
		"its time.",
	"window":          "the pages that one turn of readahead reads.",
	"write-protected": "an entry that allows loads only, so that a store is noticed.",
	"young":           "accessed lately: a bit that the processor sets in an entry.",
	"zero page":       "the one frame of zeros that every untouched page shows until it is written to.",
	"zero copy":       "no byte copied by the processor between kernel and user. vmsim compare shows who copies.",
	"vma":             "see area: Linux's name for it, virtual memory area.",
	"mmu":             "the part of the processor that translates addresses by the page table.",
	"pte":             "see entry: Linux's name for it.",
	"kernel":          "the part of the system that owns memory and devices; here it is Linux 6.18.",
	"load":            "an instruction that reads memory.",
	"store":           "an instruction that writes memory.",
	"fetch":           "reading an instruction.",
	"access":          "a load, a store or a fetch.",
	"area": "one contiguous range of an address space with one backing and one protection; Linux's " +
		"struct vm_area_struct. A line of /proc/PID/maps is an area.",
	"page":  "4096 bytes of virtual memory or of a file, at a multiple of 4096.",
	"frame": "4096 bytes of physical memory. A page-table entry says which frame a page is in.",
	"page cache": "the pages of files that are in memory. read(), write() and mmap all meet there: a " +
		"mapping of a file shows the page cache's own frames.",
	"page table": "the tree that the processor walks to find a page's frame: four levels of 512 entries.",
	"entry": "a page-table entry: the frame of one page, and whether it is present, writable, " +
		"accessed and dirty.",
	"tlb": "the processor's memory of the translations that it used last.",
	"fault": "what the processor raises when an entry does not allow an access; the kernel repairs " +
		"it, or the program gets a signal.",
	"minor fault": "a fault that was repaired with what was in memory.",
	"major fault": "a fault that had to wait for the disk.",
	"fault-around": "a load that faults on a page of a file maps up to 15 neighbours that are in the page " +
		"cache as well.",
	"copy-on-write": "two processes, or a private mapping and its file, share a frame until one of them " +
		"writes; that one gets a copy.",
	"anonymous": "memory that no file backs: heap, stack, MAP_ANONYMOUS.",
	"anon_vma": "what leads from an anonymous frame to the areas that may map it; two areas with " +
		"different ones never merge.",
	"dirty": "changed since it was last read from or written to the disk.",
	"writeback": "bringing dirty pages to the disk: by the flusher after a time, or at msync, fsync and " +
		"sync.",
	"readahead":  "reading pages of a file before they are asked for, because the ones before them were.",
	"swap entry": "a page-table entry that says where in the swap area the page is.",
	"swap cache": "private pages that are on their way to the swap area or back from it.",
	"sigsegv": "the signal of an access where there is no area (SEGV_MAPERR), or not that kind of " +
		"access allowed (SEGV_ACCERR).",
	"sigbus": "the signal of an access that an area allows, to a page that cannot be had: beyond the " +
		"end of the file (BUS_ADRERR), or the disk failed.",
	"nopage": "the old name of the operation by which a file supplies a page for a fault; Linux calls " +
		"it fault today.",
	"msync": "the call that writes a shared mapping's dirty pages back now. Without it they go back " +
		"by themselves, later.",
	"remap_pfn_range": "how a driver's mmap operation shows bare physical frames, a frame buffer's for instance. " +
		"Regular files never use it: " +
		"their pages come by faults.",
}, textbook)
