package words

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
)

// flag says which calls take a flag, its number, and what it asks for.
func flag(word string) (string, bool) {
	var calls []string
	for _, c := range script.CallNames() {
		for arg := range 6 {
			if slices.Contains(script.FlagNames(c, arg), word) {
				calls = append(calls, c)
				break
			}
		}
	}
	if len(calls) == 0 {
		return "", false
	}
	v, err := script.Eval(script.Name{ID: word}, func(string) (uint64, bool) { return 0, false })
	if err != nil {
		return "", false
	}
	text := fmt.Sprintf("%s, %#x, a flag of %s.", word, v, strings.Join(calls, ", "))
	if about, ok := flagTexts[word]; ok {
		text += "\n" + about
	}
	return text, true
}

func flagNames() (names []string) {
	for _, c := range script.CallNames() {
		for arg := range 6 {
			names = append(names, script.FlagNames(c, arg)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// flagTexts are what the flags ask for that this project is about.
var flagTexts = map[string]string{
	"PROT_NONE":            "No access at all: the range is kept free, and each access is a SIGSEGV with SEGV_ACCERR.",
	"PROT_READ":            "Loads are allowed.",
	"PROT_WRITE":           "Stores are allowed; x86 then allows loads as well.",
	"PROT_EXEC":            "Instructions may be fetched.",
	"MAP_SHARED":           "Stores are stores to the file, or to memory that a forked child shares.",
	"MAP_PRIVATE":          "Stores go to a copy that only this process sees; the file never hears of them.",
	"MAP_SHARED_VALIDATE":  "MAP_SHARED, but unknown flags are refused with EOPNOTSUPP instead of ignored.",
	"MAP_DROPPABLE":        "Private memory that the kernel may drop when memory is short: it reads as zeros then.",
	"MAP_FIXED":            "The address is no hint: what is mapped there goes away first.",
	"MAP_FIXED_NOREPLACE":  "The address is no hint, and EEXIST where something is mapped there.",
	"MAP_ANONYMOUS":        "Memory that no file backs; it begins as zeros.",
	"MAP_POPULATE":         "The pages are faulted in at once, so that later accesses take no fault.",
	"MAP_NONBLOCK":         "With MAP_POPULATE: nothing is faulted in after all.",
	"MAP_LOCKED":           "As mlock of the range: the pages are faulted in and never reclaimed.",
	"MAP_NORESERVE":        "The memory is not promised in advance: no part of the commit limit is taken.",
	"MAP_GROWSDOWN":        "A stack: an access below it lengthens it downwards.",
	"MAP_STACK":            "Says that this is a thread's stack; Linux only keeps huge pages away from it.",
	"MAP_HUGETLB":          "Pages from the pool of huge pages, which is empty here: ENOMEM.",
	"MREMAP_MAYMOVE":       "The range may be moved where it cannot grow in its place.",
	"MREMAP_FIXED":         "The range goes to the given address; what is mapped there goes away.",
	"MREMAP_DONTUNMAP":     "The pages move, and an empty range stays at the old address.",
	"MS_SYNC":              "Writes the dirty pages of the range back and waits for the disk.",
	"MS_ASYNC":             "Does nothing but check the range: dirty pages are written back by themselves.",
	"MS_INVALIDATE":        "EBUSY where the range is locked; nothing else.",
	"MADV_NORMAL":          "No advice: the usual readahead.",
	"MADV_RANDOM":          "A fault reads one page, nothing ahead.",
	"MADV_SEQUENTIAL":      "A fault reads far ahead.",
	"MADV_WILLNEED":        "Reads the range into the page cache without waiting.",
	"MADV_DONTNEED":        "The pages go away at once: the next access finds zeros, or the file's page again.",
	"MADV_FREE":            "The pages may be given up from now on; a store takes that back.",
	"MADV_REMOVE":          "Punches a hole into the file under the range.",
	"MADV_DONTFORK":        "A forked child does not get the range.",
	"MADV_WIPEONFORK":      "A forked child finds zeros there.",
	"MADV_COLD":            "Makes the pages look old, so that they are reclaimed first.",
	"MADV_PAGEOUT":         "Reclaims the pages now: to the swap area, or dropped where a file has them.",
	"MADV_POPULATE_READ":   "Faults the range in for loads.",
	"MADV_POPULATE_WRITE":  "Faults the range in for stores.",
	"MADV_GUARD_INSTALL":   "Makes the pages a guard: each access is a SIGSEGV, without an area of its own.",
	"MADV_GUARD_REMOVE":    "Takes guards away.",
	"MLOCK_ONFAULT":        "Pages are locked as they are touched, and not faulted in.",
	"MCL_CURRENT":          "All that is mapped now.",
	"MCL_FUTURE":           "All that will be mapped.",
	"MCL_ONFAULT":          "Pages are locked as they are touched.",
	"O_RDONLY":             "Open for reading: a shared mapping of it may not be writable (EACCES).",
	"O_RDWR":               "Open for reading and writing.",
	"O_WRONLY":             "Open for writing only: it cannot be mapped at all (EACCES), since a mapping reads.",
	"O_CREAT":              "The file is made where there is none.",
	"O_TRUNC":              "The file loses its contents.",
	"O_APPEND":             "Each write goes to the end of the file.",
	"O_DIRECT":             "Reads and writes pass the page cache by: the device moves bytes from and to the user's pages.",
	"O_SYNC":               "Each write waits until the disk has it.",
	"O_DSYNC":              "As O_SYNC, but for what is needed to read the bytes again.",
	"FALLOC_FL_PUNCH_HOLE": "Frees the blocks of a range, which then reads as zeros.",
	"FALLOC_FL_KEEP_SIZE":  "The size of the file stays.",
	"F_SEAL_WRITE":         "The memfd can be written no more; no writable shared mapping may exist.",
	"F_SEAL_GROW":          "The memfd can grow no more.",
	"F_SEAL_SHRINK":        "The memfd can shrink no more.",
	"F_SEAL_FUTURE_WRITE":  "No new writable mapping; those that exist may go on.",
	"POSIX_FADV_DONTNEED":  "Clean pages of the range leave the page cache.",
	"POSIX_FADV_WILLNEED":  "The range is read into the page cache.",
	"POSIX_FADV_RANDOM":    "No readahead on this open file.",
}
