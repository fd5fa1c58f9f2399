package profile

import "slices"

// Rule is something in which releases of Linux differ. There are about 170. A rule is about what a program sees; a
// change of Linux that no program can tell from before is none.
// Linux: none; a change of its source.
type Rule uint8

// The rules, in the order of the table.
const (
	SpecialWhole Rule = iota
	PlaceAsItReads
	UserModeOnly
	SendfileLends
	DontUnmapFiles
	DontUnmapForgets
	WillNeedRemotely
	PopulateAdvice
	MinorUserfaults
	ProtectedShown
	TellsSignalStack
	ChecksFramesEnd
	NoDenyWrite
	WritesWhatIsThere
	ReadsToEnd
	RemapFindsFirst
	SameStackTaken
	FrameHeaderFirst
	CoreEndsOne
	OnFaultUnseen
	HolesStay
	HolesPacked
	AlignedFiles
	DontNeedLocked
	HugeDontNeed
	ExactUserfaults
	ProtectsShmem
	DirtyFaultsEnd
	ExclusiveFlag
	ProtectUpgrades
	HugeFoundAnywhere
	SeekableSent
	MergesGrown
	UserfaultsSeek
	HugeForksLazily
	UnregisterAllows
	DirtyLine
	LastThreadsCode
	CollapseAdvice
	DevicesWithoutWait
	HeapShrinksAreas
	HeapOwnArea
	GuardHidesGaps
	JoinsAbove
	ClearsBlocks
	ResolvedWritable
	ProcessorsCount
	UseOnce
	ExecutableMemfds
	DenyExecOption
	NoCreateDirectory
	SealsCut
	BufferCut
	MemoryMergeOption
	TellsRseq
	UnpopulatedWrites
	ProtectsAcrossAreas
	MergesRegistered
	CacheStatistics
	PipesWithoutWait
	ClearsBytes
	ChecksFirstByte
	NothingSpliced
	SplicedMessages
	PinsGrowNothing
	DirectInMemory
	HugePinsCount
	OnFaultName
	PoisonedPages
	SourceChecked
	HugeColumn
	HeapApart
	KSMLine
	AlignedAnonymous
	UntouchedUncharged
	StacksWithoutHuge
	FileAreaLocks
	ZerosSpliced
	DenyExecOnce
	AsyncWrites
	ModeBeforeVector
	OpensProgramFirst
	SpliceChecksWhole
	MovedPages
	NoAppendTransfers
	CloseAllows
	HugeRestores
	PidfdThreads
	PidfdFiles
	PopulateAcrossAreas
	GiftPreparesFirst
	SealAreas
	DescriptorQuery
	LinksOwnOpen
	UserfaultsReadWhole
	DroppableMemory
	TmpfsFaultsFar
	MissStartsAnew
	OwnAdvice
	KSMOfAll
	BesideSource
	UnmapsLast
	StackBackFirst
	FramesOpenKeys
	SwapZeros
	GuardRegions
	ClockArea
	AdviseOneself
	EmptyTablesGo
	HugeHintsUp
	PidfdSelf
	RemapPlaceFirst
	NoEmptyPieces
	ThreadNumbers
	LoaderBreakMoves
	UserfaultsWithoutExec
	NamelessKeepMode
	NamelessUnread
	PidfdRequests
	UnregistersOwn
	RemapCountsLocked
	DontUnmapUnaccounted
	UnfaultedTakesPages
	WriteCopiesFirst
	LargeFolios
	MoveSeveralAreas
	RemapChecksFirst
	WindowOrder
	ExecReadahead
	MergeableEarly
	SelfProcess
	SealsZeroDevice
	SealLosesItsPlace
	MessagesCountWhole
	AlignedZeros
	AllocateZeroes
	PidfdsChange
	HugeExceptAdvised
	DontCacheTransfers
	NoSignalTransfers
	EndWithoutTable
	GrowthZeroesEnd
	DirectChecksRequests
	WholeFolios
	BatchOfFilled
	MoveKeepsAnon
	GuardFlag
	HoleEndsInBlock
	EndZeroedFirst
	SpecialStaysAlone
	SlicesInRseq
	DescriptorBeforePath
	VvarFrames
	RemapCountsAreas
	KSMOfMerged
	AdviceFromStart
	DroppableNeverLocked
	LowUserfaults
	ExecSealBusy
	PipesWithoutExec
	GiftAsksFileFirst
	ContinueFindsNothing
	TmpfsChunks
	DirectChecksBuffers
	DontUnmapApart
	AdviceFirst
	NoKeysWithoutKeys
	FaultsUse
	NoMarkAtEnd
	OneHitAFault
	ExecUncounted
	HugeLastRestores
	NothingHasNoLimit
	VvarLocked
	PrivateNumbers
	ProtectsAccess

	numRules
)

// Change is a row of the table: a rule, and the change of Linux that brought it.
//
//	Since 6.12, Backports {6.6.50}      followed by 6.6.50 and later 6.6, and by 6.12 and all later
//	Since 6.15, Until 6.17              followed by 6.15 and 6.16 alone
//
// Linux: none; a commit of its source.
type Change struct {
	Name  string    // a few words
	Since Release   // the first release that follows the rule
	Until Release   // the first release that does not any more; zero where all later ones do
	Ended []Release // the first patch levels of older series that do not any more
	// Backports are the first patch levels of older series that follow it too.
	Backports []Release
	By        string // the subsystem and what the change did
	Says      string // what it means for a program, in a sentence or two
	// Example is a program whose answers differ between a release before the rule and one since.
	Example string
	Shows   string // the evidence that shows it, where a program does not see it: smaps
}

// in reports whether a release follows the rule.
func (c *Change) in(r Release) bool {
	reached := func(b Release) bool { return b.Series() == r.Series() && !r.before(b) }
	if !r.before(c.Since) {
		return (c.Until == Release{} || r.before(c.Until)) && !slices.ContainsFunc(c.Ended, reached)
	}
	return slices.ContainsFunc(c.Backports, reached)
}

// Info is a rule's row.
func (r Rule) Info() *Change { return &table[r] }

// String is the rule's name.
func (r Rule) String() string { return table[r].Name }

// Rules calls fn for each rule, the oldest first as the table has them.
func Rules(fn func(Rule, *Change)) {
	for r := range numRules {
		fn(r, &table[r])
	}
}

// table has the row of each rule.
var table = tableOf(since511to519, since60to66, since67to612, since613to618, since619)

// tableOf puts the rows of several eras together.
func tableOf(eras ...map[Rule]Change) (t [numRules]Change) {
	for _, era := range eras {
		for r, row := range era {
			t[r] = row
		}
	}
	return t
}
