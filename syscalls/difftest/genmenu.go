package difftest

import "slices"

// Each kind's statements by their weights, as often as in the recordings.
var (
	memoryMenu = []weighted[dish]{{155, loadByte}, {175, storeByte}, {84, protect}, {84, advise}, {64, unmap},
		{50, remap}, {19, syncRange},
		{17, inCore}, {11, moveBreak}, {11, unlock}, {11, lock}, {8, lock2}, {2, seal}}
	anonMenu  = append([]weighted[dish]{{310, mapAnon}}, memoryMenu...)
	forkMenu  = append([]weighted[dish]{{226, mapAnon}, {58, forkNow}, {14, exitNow}, {20, copyRemote}}, memoryMenu...)
	errorMenu = []weighted[dish]{{25, mapAnon}, {75, wrong}}
	fileMenu  = append([]weighted[dish]{{300, mapFile}, {110, readAt}, {105, writeAt}, {70, resize}, {28, syncFile},
		{28, allocate}}, memoryMenu...)
	shareMenu = append([]weighted[dish]{{58, forkNow}, {5, exitNow}, {20, copyRemote}}, fileMenu...)
)

// menuOf is what the generator draws its statements from.
func (g *Generator) menuOf() []weighted[dish] {
	menu := map[Kind][]weighted[dish]{Anon: anonMenu, Errors: errorMenu, Fork: forkMenu, FileTmpfs: fileMenu,
		FileExt4:    fileMenu,
		SharedTmpfs: shareMenu, SharedExt4: shareMenu, CallsTmpfs: callsMenu, CallsExt4: callsMenu,
		Processes: processMenu, Threads: threadMenu, FullTmpfs: fullMenu,
		NamesTmpfs: namesMenu, NamesExt4: namesMenu, UnderPressure: pressureMenu, Signals: signalMenu,
		SignalsTmpfs: fileSignalMenu, Pipes: pipeMenu, Hugetlb: hugeMenu, Swapping: swapMenu,
		Waiting: waitMenu, Userfaults: userfaultMenu,
		ExecTmpfs: execMenu, ExecExt4: execMenu}[g.Kind]
	if g.Wide == Wide && !g.Kind.Limited() && g.Kind != Hugetlb {
		return append(slices.Clone(menu), g.wideMenu()...)
	}
	return menu
}
