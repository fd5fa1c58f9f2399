package bench

import (
	"slices"
	"time"
)

// stopwatch is a Watch of the processor time of the thread, where the system tells that, else of the wall's.
type stopwatch struct {
	spent, since time.Duration
	running      bool
}

func (w *stopwatch) StartTimer() {
	if !w.running {
		w.running, w.since = true, threadTime()
	}
}

func (w *stopwatch) StopTimer() {
	if w.running {
		w.running = false
		w.spent += threadTime() - w.since
	}
}

// time is how long work takes n times.
func (w *stopwatch) time(work Work, n int) time.Duration {
	*w = stopwatch{}
	w.StartTimer()
	work.Do(w, n)
	w.StopTimer()
	return w.spent
}

// calibrate is how often work has to be done to take about as long as a sample should.
func calibrate(work Work, sample time.Duration) int {
	w, batch := new(stopwatch), max(1, work.Batch)
	for n := batch; ; n *= 2 {
		t := w.time(work, n)
		if t >= sample/4 || n >= 1<<30 {
			n = max(batch, int(float64(n)*float64(sample)/float64(max(t, 1))))
			return (n + batch - 1) / batch * batch
		}
	}
}

// nanos is what work takes a time, in nanoseconds, measured over n times.
func nanos(work Work, n int) float64 {
	return float64(new(stopwatch).time(work, n)) / float64(n)
}

// median is the middle one of the figures.
func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
