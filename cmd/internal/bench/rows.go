package bench

import "slices"

// Rows are the table's lines, in its order.
var Rows = slices.Concat(modelRows, replacementRows())

// modelRows are those of the model of Linux.
var modelRows = []Row{
	{Name: "load-hit", What: "a load, TLB hit, 1 MiB working set", Unit: Nanoseconds, Goal: atMost(6),
		model: modelLoadHit, kernel: true},
	{Name: "store-hit", What: "a store, TLB hit, 1 MiB working set", Unit: Nanoseconds, Goal: atMost(6),
		model: modelStoreHit, kernel: true},
	{Name: "mmap-1000", What: "mmap + munmap of a page, 1,000 areas", Unit: Nanoseconds, Goal: timesKernel(0.25),
		model: modelMmap(1000), kernel: true},
	{Name: "mmap-60000", What: "the same, 60,000 areas", Unit: Nanoseconds, Goal: timesKernel(0.25),
		model: modelMmap(60000), kernel: true},
	{Name: "mmap-1000000", What: "the same, 1,000,000 areas", Unit: Nanoseconds,
		Goal: Goal{Kind: TimesRow, Limit: 2, Row: "mmap-1000"}, model: modelMmap(1000000)},
	{Name: "gap-60000", What: "mmap + munmap, no gap near, 60,000 areas", Unit: Nanoseconds, Goal: timesKernel(0.25),
		model: modelGap, kernel: true},
	{Name: "fixed-1000", What: "MAP_FIXED over an area, 1,000 areas", Unit: Nanoseconds, Goal: timesKernel(0.4),
		model: modelFixed(1000), kernel: true},
	{Name: "fixed-60000", What: "the same, 60,000 areas", Unit: Nanoseconds, Goal: timesKernel(0.4),
		model: modelFixed(60000), kernel: true},
	{Name: "mprotect", What: "mprotect that splits, then merges", Unit: Nanoseconds, Goal: timesKernel(0.25),
		model: modelMprotect, kernel: true},
	{Name: "first-store", What: "first store to an anonymous page", Unit: Nanoseconds, Goal: timesKernel(0.25),
		model: modelFirstStore, kernel: true},
	{Name: "first-load", What: "first load from an anonymous page", Unit: Nanoseconds, Goal: timesKernel(0.2),
		model: modelFirstLoad, kernel: true},
	{Name: "minor-fault", What: "fault on a cached file page, one page mapped", Unit: Nanoseconds,
		Goal: timesKernel(0.12), model: modelMinorFault, kernel: true},
	{Name: "fault-around", What: "the same with fault-around, a page", Unit: Nanoseconds, Goal: timesKernel(0.25),
		model: modelFaultAround, kernel: true},
	{Name: "cow", What: "copy-on-write after fork", Unit: Nanoseconds, Goal: timesKernel(0.25), model: modelCow,
		kernel: true},
	{Name: "fork", What: "fork, a resident page", Unit: Nanoseconds, Goal: timesKernel(0.4), model: modelFork,
		kernel: true},
	{Name: "pread-4k", What: "pread of 4 KiB, cached, random in 64 MiB", Unit: Nanoseconds, Goal: timesKernel(0.6),
		model: modelPreadPage, kernel: true},
	{Name: "pread-1m", What: "pread of 1 MiB, cached (0.7 of the rate)", Unit: Nanoseconds, Goal: timesKernel(1.43),
		model: modelPreadLarge, kernel: true},
	{Name: "msync", What: "msync of 1,024 dirty pages, a page", Unit: Nanoseconds, Goal: timesKernel(0.3),
		model: modelMsync, kernel: true},
	{Name: "run", What: "a simple statement, read and run", Unit: Nanoseconds, Goal: atMost(1000), model: modelRun},
	{Name: "statement", What: "a simple statement, run", Unit: Nanoseconds, Goal: atMost(1000), model: modelStatements},
	{Name: "fuzz", What: "vmsim fuzz, model and kernel compared", Unit: PerSecond, Goal: atLeast(10000),
		figure: fuzzRate, slow: true},
	{Name: "log", What: "the log's share of a first load, unheard", Unit: Percent, Goal: atMost(5), figure: logShare},
	{Name: "page", What: "metadata of a resident page of a file", Unit: Bytes, Goal: atMost(64), figure: metadata},
	{Name: "area", What: "an area, its places in the indexes included", Unit: Bytes, Goal: atMost(160),
		figure: areaSize},
	{Name: "sparse", What: "a page written to in a file of 1 TiB", Unit: Bytes, Goal: atMost(4400), figure: sparse},
	{Name: "demo", What: "vmsim demo, as a process", Unit: Milliseconds, Goal: atMost(50), figure: demoTime},
}

func timesKernel(x float64) Goal { return Goal{Kind: TimesKernel, Limit: x} }
func atMost(x float64) Goal      { return Goal{Kind: AtMost, Limit: x} }
func atLeast(x float64) Goal     { return Goal{Kind: AtLeast, Limit: x} }

// RowNames are the names of the rows.
func RowNames() []string {
	names := make([]string, len(Rows))
	for i, r := range Rows {
		names[i] = r.Name
	}
	return names
}

// HasRow reports whether there is a row of that name.
func HasRow(name string) bool { return slices.Contains(RowNames(), name) }
