package trace

// Arg is what an argument of a step is, so that it can be printed and searched for. A step has three arguments, all of
// them 64-bit numbers. What each number is decides how it is printed: 0x7ffff7ff4000 as an address, 12 as a page of a
// file, 81 as a frame.
// Linux: none; the print format of a tracepoint.
type Arg uint8

// What arguments are.
const (
	ArgNumber    Arg = iota // a count, a level, a number of pages
	ArgAddr                 // a virtual address
	ArgPage                 // the number of a page of a file
	ArgFrame                // the number of a frame
	ArgBlock                // a block of the disk
	ArgInode                // an inode's number
	ArgAreaFlags            // the flags of an area
	ArgPID                  // a process
	ArgErrno                // an error
	ArgCall                 // the number of a system call
	ArgSignal               // a signal's number
	ArgDirection            // of a request: 0 read, 1 write, 2 flush
	ArgAccess               // of a fault: 0 load, 1 store, 2 fetch
	ArgSwap                 // a place in the swap area
)

// argKinds are the arguments of the kinds whose arguments are more than numbers. A kind that is missing here, or has
// fewer than three entries, has numbers there.
var argKinds = [NumKinds][3]Arg{
	SyscallEnter:     {ArgCall},
	Refused:          {ArgErrno},
	DescriptorFound:  {ArgNumber, ArgInode},
	GapSearch:        {ArgAddr, ArgNumber, ArgAddr},
	AreaNew:          {ArgAddr, ArgAddr, ArgAreaFlags},
	AreaInserted:     {ArgAddr, ArgAddr},
	AreaMerged:       {ArgAddr, ArgAddr, ArgAddr},
	AreaSplit:        {ArgAddr, ArgAddr, ArgAddr},
	AreaRemoved:      {ArgAddr, ArgAddr},
	AreaFlags:        {ArgAddr, ArgAddr, ArgAreaFlags},
	AreaGrown:        {ArgAddr, ArgAddr, ArgAddr},
	FileMmap:         {ArgAddr, ArgAddr, ArgInode},
	FileLinked:       {ArgAddr, ArgAddr, ArgPage},
	BlockMapped:      {ArgPage, ArgBlock},
	FrameRemapped:    {ArgAddr, ArgFrame},
	TLBMiss:          {ArgAddr},
	TLBFilled:        {ArgAddr, ArgFrame},
	EntrySet:         {ArgAddr, ArgFrame},
	EntryCleared:     {ArgAddr, ArgFrame},
	EntryProtected:   {ArgAddr, ArgFrame},
	EntryMoved:       {ArgAddr, ArgAddr},
	EntryCopied:      {ArgAddr, ArgFrame},
	GuardSet:         {ArgAddr},
	Faulted:          {ArgAddr, ArgAccess},
	FilemapFault:     {ArgPage},
	MappedAround:     {ArgPage, ArgPage},
	FaultArea:        {ArgAddr, ArgAddr},
	FaultMinor:       {ArgAddr},
	FaultMajor:       {ArgAddr},
	SignalRaised:     {ArgAddr, ArgSignal},
	SignalFrame:      {ArgAddr, ArgSignal, ArgAddr},
	SignalReturn:     {ArgAddr, ArgAddr},
	StackGrown:       {ArgAddr, ArgAddr},
	AnonFault:        {ArgAddr},
	ZeroPageMapped:   {ArgAddr},
	FileFault:        {ArgAddr, ArgPage},
	FaultAround:      {ArgAddr, ArgPage},
	WriteFault:       {ArgAddr, ArgFrame},
	CowReused:        {ArgAddr, ArgFrame},
	CowBroken:        {ArgAddr, ArgFrame, ArgFrame},
	MkWrite:          {ArgAddr, ArgPage},
	GuardHit:         {ArgAddr},
	HugeLost:         {ArgAddr},
	SwapCacheLook:    {ArgAddr, ArgSwap},
	SwapIn:           {ArgAddr, ArgSwap, ArgFrame},
	SwapOut:          {ArgAddr, ArgFrame, ArgSwap},
	FrameAllocated:   {ArgFrame},
	FrameLocked:      {ArgFrame},
	FrameUnlocked:    {ArgFrame},
	CacheHit:         {ArgPage, ArgFrame, ArgInode},
	CacheMiss:        {ArgPage, ArgFrame, ArgInode},
	CacheAdded:       {ArgPage, ArgFrame, ArgInode},
	CacheRemoved:     {ArgPage, ArgFrame, ArgInode},
	ReadaheadPlanned: {ArgPage, ArgNumber, ArgPage},
	PageDirtied:      {ArgPage, ArgFrame, ArgInode},
	WritebackStarted: {ArgPage, ArgFrame, ArgInode},
	WritebackEnded:   {ArgPage, ArgFrame, ArgInode},
	PageCleaned:      {ArgPage, ArgNumber, ArgInode},
	PageTruncated:    {ArgPage, ArgFrame, ArgInode},
	Unmapped:         {ArgPage},
	IoSubmitted:      {ArgBlock, ArgNumber, ArgDirection},
	IoCompleted:      {ArgBlock, ArgNumber, ArgDirection},
	CopyToUser:       {ArgFrame, ArgAddr},
	CopyFromUser:     {ArgAddr, ArgFrame},
	CopyKernel:       {ArgFrame, ArgFrame},
	CopyCow:          {ArgFrame, ArgFrame},
	CopyZero:         {ArgFrame, ArgAddr},
	DMAIn:            {ArgBlock, ArgFrame},
	DMAOut:           {ArgFrame, ArgBlock},
	ProcessForked:    {ArgPID},
	ProcessExited:    {ArgPID},
	MergeRefused:     {ArgAddr, ArgAddr},
	HintTaken:        {ArgAddr},
	Placed:           {ArgAddr},
	WritebackFailed:  {ArgPage, ArgErrno, ArgInode},
	PageKept:         {ArgPage, ArgFrame, ArgInode},
	EntryKept:        {ArgAddr, ArgFrame},
	LazyFreed:        {ArgAddr, ArgFrame},
	LazyDropped:      {ArgAddr, ArgFrame},
	PageEvicted:      {ArgPage, ArgFrame, ArgInode},
	Killed:           {ArgPID},
	PageSwapped:      {ArgFrame, ArgSwap},
	Userfault:        {ArgAddr, ArgAreaFlags},
}

// Args says what the three arguments of a step of kind k are.
func (k Kind) Args() [3]Arg { return argKinds[k] }
