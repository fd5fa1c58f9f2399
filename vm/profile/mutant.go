package profile

import "slices"

// Mutant is a Linux with one error, put in on purpose: a suite of tests is good where it tells each mutant from the
// model. The place of the error asks Profile.Errs. An example: "cow-no-copy" makes the copy of copy-on-write a page of
// zeros. A test suite that never stores to a page after a fork does not notice, and so is not good enough. Each mutant
// errs in one place only, so that what notices it says where to look.
// Linux: none; a bug.
type Mutant uint8

// The mutants, in the order of the table. The zero value is no error.
const (
	noMutant Mutant = iota
	CopyForgotten
	SharedTakenOver
	LoadTakesFrame
	NoFaultAround
	AroundForward
	BeyondEndSegv
	PrivateStoreThrough
	GuardIgnored
	SwapWrongSlot
	SwapCountLost
	SwapOutDrops
	ForkParentWritable
	ForkNoFlush
	WipeIgnored
	DontForkIgnored
	MergeAnyOffset
	MergeNever
	SplitSameOffset
	ProtectNoFlush
	ProtectKeepsWrite
	MoveLosesLast
	PlacesLowest
	HintIgnored
	NoReplaceReplaces
	DontNeedKeeps
	UnmapRoundsDown
	DirtyBitLost
	WritebackKeepsWritable
	TruncateKeepsPart
	TruncateKeepsCopies
	NoReadahead
	AppendAtOffset
	PreadMovesOffset
	SharedWithoutRight
	MincoreAll
	SharedAnonymousPrivate
	MsyncIgnoresHoles

	numMutants
)

// Error is a row of the table of mutants.
// Linux: none.
type Error struct {
	Name string // as commands take it
	Says string // what is wrong, in a sentence
	At   string // the function that errs
}

var errorTable = [numMutants]Error{
	CopyForgotten: {"cow-no-copy", "the copy of copy-on-write is a page of zeros",
		"fault.(*Handler).copyOnWrite"},
	SharedTakenOver: {"cow-shared-taken", "a store takes a private page over though others show it too",
		"fault.(*Handler).takeOver"},
	LoadTakesFrame: {"load-takes-frame", "a load from untouched memory takes a frame, as a store does",
		"fault.(*Handler).anonymous"},
	NoFaultAround: {"no-fault-around", "a fault maps its own page only", "fault.(*Handler).fileRead"},
	AroundForward: {"around-forward", "fault-around begins at the page of the fault, and does not align its window",
		"fault.aroundWindow"},
	BeyondEndSegv: {"beyond-end-segv", "an access beyond the end of a file is a SIGSEGV", "fault.(*Handler).signalFor"},
	PrivateStoreThrough: {"private-store-through", "the first store to a private page of a file reaches the file",
		"fault.(*Handler).file"},
	GuardIgnored: {"guard-ignored", "an access to a guard region gets a page", "fault.(*Handler).repair"},
	SwapWrongSlot: {"swap-wrong-slot", "the swap cache answers with the page of the place before",
		"pagecache.(*SwapCache).LookUp"},
	SwapCountLost: {"swap-count-lost", "fork does not count the child's reference to a place in the swap area",
		"vm.(*Space).forkSwapped"},
	SwapOutDrops: {"swap-out-drops", "a page that is swapped out is dropped, and comes back as zeros",
		"vm.(*Space).SwapOut"},
	ForkParentWritable: {"fork-parent-writable", "fork write-protects the child's entries, but not the parent's",
		"vm.(*Space).shared"},
	ForkNoFlush: {"fork-no-flush", "after fork, the parent's TLB still lets stores through",
		"vm.(*Space).forkEntries"},
	WipeIgnored:     {"wipeonfork-ignored", "MADV_WIPEONFORK has no effect", "vm.(*Space).forkArea"},
	DontForkIgnored: {"dontfork-ignored", "MADV_DONTFORK has no effect", "vm.(*Space).Fork"},
	MergeAnyOffset: {"merge-any-offset", "neighbours become one area though the file's pages do not go on",
		"vm.(*proposal).admit"},
	MergeNever: {"merge-never", "neighbours never become one area", "vm.(*proposal).admit"},
	SplitSameOffset: {"split-same-offset", "the upper part of a split area shows the pages of the lower part",
		"vm.(*Space).splitAt"},
	ProtectNoFlush: {"protect-no-flush", "after mprotect, the TLB still has the old rights",
		"vm.(*Space).reprotect"},
	ProtectKeepsWrite: {"protect-keeps-write", "mprotect leaves pages writable that were",
		"vm.(*Space).reprotect"},
	MoveLosesLast: {"move-loses-last", "mremap loses the last page that it moves", "vm.(*tableMove).step"},
	PlacesLowest:  {"places-lowest", "mmap gives out addresses from the bottom up", "vm.(*Space).placeTopDown"},
	HintIgnored:   {"hint-ignored", "mmap does not look at a hint", "vm.(*Space).placeTopDown"},
	NoReplaceReplaces: {"noreplace-replaces", "MAP_FIXED_NOREPLACE replaces what is mapped there",
		"syscalls.(*Process).mmapPlace"},
	DontNeedKeeps:   {"dontneed-keeps", "MADV_DONTNEED drops nothing", "vm.(*Space).Discard"},
	UnmapRoundsDown: {"unmap-rounds-down", "munmap rounds the length down to whole pages", "vm.(*Space).Unmap"},
	DirtyBitLost: {"dirty-bit-lost", "a store through a shared mapping does not make the file's page dirty",
		"fault.(*Handler).dirtied"},
	WritebackKeepsWritable: {"writeback-keeps-writable", "writeback leaves a page writable, so the next store is not " +
		"seen", "pagecache.(*Mapping).protect"},
	TruncateKeepsPart: {"truncate-keeps-part", "truncate leaves the bytes of folios that it covers in part",
		"pagecache.(*Mapping).truncatePart"},
	TruncateKeepsCopies: {"truncate-keeps-copies", "private copies of a page survive that the file has lost",
		"pagecache.(*Mapping).truncateCache"},
	NoReadahead:    {"no-readahead", "a fault reads its own page only", "pagecache.(*ext4File).aroundFault"},
	AppendAtOffset: {"append-at-offset", "O_APPEND writes at the offset", "syscalls.(*Process).writeFile"},
	PreadMovesOffset: {"pread-moves-offset", "pread64 moves the offset of the descriptor",
		"syscalls.(*Process).Pread64"},
	SharedWithoutRight: {"shared-without-right", "a file that is open for reading may be mapped shared and writable",
		"syscalls.(*Process).mmapFile"},
	MincoreAll: {"mincore-all", "mincore says that every page is in memory", "syscalls.(*Process).inCore"},
	SharedAnonymousPrivate: {"shared-anonymous-private", "MAP_SHARED|MAP_ANONYMOUS makes private memory",
		"syscalls.(*Process).mmapAnonymous"},
	MsyncIgnoresHoles: {"msync-ignores-holes", "msync of a range with a hole succeeds",
		"syscalls.(*Process).Msync"},
}

// Info is a mutant's row.
func (m Mutant) Info() *Error { return &errorTable[m] }

// String is the mutant's name; empty for no error.
func (m Mutant) String() string { return errorTable[m].Name }

// Mutants are all of them.
func Mutants() (all []Mutant) {
	for m := noMutant + 1; m < numMutants; m++ {
		all = append(all, m)
	}
	return all
}

// MutantNamed is the mutant of that name.
func MutantNamed(name string) (Mutant, bool) {
	i := slices.IndexFunc(errorTable[1:], func(e Error) bool { return e.Name == name })
	return Mutant(i + 1), i >= 0
}

// Errs reports whether the profile is that mutant.
func (p *Profile) Errs(m Mutant) bool { return p != nil && p.mutant == m }

// Mutated is the profile with an error.
func (p *Profile) Mutated(m Mutant) *Profile {
	q := *p.orDefault()
	q.mutant = m
	return &q
}
