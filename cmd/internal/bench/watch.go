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
	return share(func() time.Duration { return new(stopwatch).time(work, n) }, n)
}

// share is what one of n things takes, in nanoseconds, that are done and timed together. Where the clock moves with the
// tick, as in an emulator, they are done until it has moved.
func share(timed func() time.Duration, n int) float64 {
	var spent time.Duration
	done := 0
	for spent == 0 && done < 1<<30 {
		spent += timed()
		done += n
	}
	return float64(spent) / float64(done)
}

// median is the middle one of the figures.
func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
