package words

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
)

// directiveText is a line that begins with a dot: how it is written, an example, and what it does.
type directiveText struct{ usage, example, text string }

var directiveTexts = map[string]directiveText{
	"invariant": {
		".invariant [NAME:] COND or COND …", `.invariant bytes("/data/a", 0, 5) == "hello" or size("/data/a") == 0`,
		"Says what must hold of the files after a power cut at any point behind the line: one of the " +
			"conditions. They " +
			"ask for bytes(PATH, OFFSET, LENGTH), size(PATH), exists(PATH) and missing(PATH). A later line with the " +
			"same name takes its place. vmsim crash tries every state in which the disk may be found.",
	},
	"file": {
		".file PATH SIZE [cold|cached|folios=LIST] [fill=BYTE] [swap] [owner=root]", ".file /data/a 32768 cold",
		"Makes a file on the test file system, filled by one write(): its pages are cached and dirty. cold: it is " +
			"written to the disk and dropped from " +
			"memory, so that the first access reads it; that has no effect on tmpfs, whose files are always in " +
			"memory (.machine fs=ext4 has a disk). " +
			"cached: on disk long since, and read in whole; folios= says in which folios. " +
			"Byte i is (17*(i/4096) + i) mod 256 unless fill=, or a " +
			"section -- PATH -- at the program's end, says else. swap: as mkswap leaves it, for swapon, " +
			"which needs a disk. owner=root: it is root's, and where .machine " +
			"user= names an ordinary user he may only read it.",
	},
	"machine": {
		".machine NAME=VALUE …", ".machine fs=ext4 ram=64M",
		"Says what the machine is like; it comes before the first statement. The names are " +
			strings.Join(script.MachineSettings(), ", ") +
			"; each is explained by its own name.",
	},
	"sysctl": {".sysctl NAME=VALUE …", ".sysctl vm.dirty_ratio=10",
		"Turns a knob of /proc/sys, by its kernel name."},
	"sleep": {".sleep TIME", ".sleep 6s",
		"Lets virtual time pass: the flusher runs when its time comes. TIME is 10us, 5ms, 6s or 2m."},
	"drop_caches": {".drop_caches N", ".drop_caches 3",
		"Drops clean unmapped pages of files from memory (1 or 3; 2 means caches that the model does not " +
			"have), as /proc/sys/vm/drop_caches does."},
	"power_cut": {".power_cut [none|all|odd]", ".power_cut",
		"The power goes and comes again: memory is gone, files are what the disk holds. Of what the disk had not " +
			"made durable, none survives, all, or every second block."},
	"fail": {".fail read|write PATH [page=N] ERROR, .fail disk EIO", ".fail write /data/a page=3 EIO",
		"Makes the disk fail where that page of the file is read or written; or takes the disk away as a whole: what " +
			"is in memory can still be read, fsync fails, and the file system becomes read-only."},
	"oom_score_adj": {".oom_score_adj PID N", ".oom_score_adj 2 500",
		"Makes the OOM killer choose the process sooner or later, as a write to /proc/PID/oom_score_adj does: N " +
			"thousandths of memory and swap are added to what it uses, and -1000 is never. Its children inherit it."},
	"expect": {
		".expect COND, …", ".expect minflt == 1",
		"Asserts conditions on counters and state, which vmsim test holds: minflt and majflt of the process " +
			"(each thread has its own), copies.cpu, pte(ADDR).dirty, page(\"/data/a\", 0).dirty " +
			"and the counters of /proc/vmstat.",
	},
	"layout": {".layout brk=ADDR mmap_base=ADDR", ".layout brk=0x503000",
		"Says with which areas process 1 starts: indented lines as in /proc/PID/maps follow it, " +
			"without device and inode. mmap gives out addresses below mmap_base."},
	"exec": {".exec FILE", ".exec /bin/cat", "Starts process 1 from a real ELF file of this machine."},
}

func directive(word string) (string, bool) {
	name, dotted := strings.CutPrefix(word, ".")
	d, ok := directiveTexts[name]
	if !ok || !dotted {
		return "", false
	}
	return fmt.Sprintf("%s, a line that describes the machine: %s\nFor example:  %s\n%s", word, d.usage, d.example,
		d.text), true
}

func directiveNames() (names []string) {
	for _, n := range script.DirectiveNames() {
		names = append(names, "."+n)
	}
	slices.Sort(names)
	return names
}
