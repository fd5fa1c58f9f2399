package bench

import (
	"runtime"
	"time"
)

// Options say how a run measures.
type Options struct {
	Samples int           // of each side, at least one; the median counts
	Sample  time.Duration // how long a sample is to take
	Quick   bool          // leave out the rows that take seconds to make ready
	Only    string        // measure this row alone; empty for all
	Self    string        // the path of the built command; empty where there is none
	// Child starts the kernel's side of a row: a process that calls KernelSide. nil where there is none.
	Child Starter
	// Told is called with each row as soon as it is measured.
	Told func(Figure)
}

// Run measures the rows.
func Run(o Options) []Figure {
	var out []Figure
	for _, row := range Rows {
		if o.Only != "" && row.Name != o.Only {
			continue
		}
		f := measure(row, o)
		f.judge(func(name string) (float64, bool) { return modelOf(out, name) })
		out = append(out, f)
		if o.Told != nil {
			o.Told(f)
		}
	}
	return out
}

// modelOf is what the model took in a row that has been measured.
func modelOf(figures []Figure, row string) (n float64, ok bool) {
	for _, f := range figures {
		if f.Row.Name == row && f.Model > 0 {
			return f.Model, true
		}
	}
	return 0, false
}

func measure(row Row, o Options) Figure {
	runtime.LockOSThread() // the watch reads the thread's time
	defer runtime.UnlockOSThread()
	f := Figure{Row: row}
	if row.slow && o.Quick {
		f.Why = "left out of a quick run"
		return f
	}
	if row.figure != nil {
		v, err := row.figure(o)
		if err != nil {
			f.Why = err.Error()
		}
		f.Model = v
		return f
	}
	var kernel *side
	if row.kernel {
		kernel, f.Why = startSide(row.Name, o)
	}
	defer kernel.stop()
	work := row.model()
	n := calibrate(work, o.Sample)
	var ours, theirs []float64
	for range o.Samples {
		ours = append(ours, nanos(work, n))
		if kernel == nil {
			continue
		}
		v, err := kernel.sample()
		if err != nil {
			kernel, f.Why = nil, "the kernel's side failed: "+kernel.failed(err)
			continue
		}
		theirs = append(theirs, v)
	}
	if work.Done != nil {
		work.Done()
	}
	f.Model = median(ours)
	if f.Why == "" && kernel != nil {
		f.Kernel = median(theirs)
	}
	runtime.GC() // the next row begins with an empty heap
	return f
}
