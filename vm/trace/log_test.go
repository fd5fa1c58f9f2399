package trace

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/vm/clock"
)

// take takes a few steps of several kinds.
func take(l *Log) {
	l.Step(Faulted, 1, 2, 3)
	l.Note(Refused, 22, 0, 0, "because")
	l.Copy(CopyCow, 4096, 1, 2)
	l.Step(FaultMinor, 1, 0, 0)
}

func TestTimeAndNumbersAreTheSameWhetherSomeoneListensOrNot(t *testing.T) {
	var times []clock.Time
	var numbers []uint64
	for _, listen := range []string{"never", "always", "now and then"} {
		l := NewLog(new(clock.Clock))
		stop := func() {}
		for i := range 4 {
			if listen == "always" && i == 0 || listen == "now and then" && i%2 == 1 {
				stop = l.Observe(func(Event) {})
			}
			take(l)
			l.Clock.Charge(1000)
			if listen == "now and then" {
				stop()
			}
		}
		times, numbers = append(times, l.Clock.Now()), append(numbers, l.Seq())
	}
	require.NotZero(t, times[0])
	for i := range times {
		require.Equal(t, times[0], times[i])
		require.EqualValues(t, 16, numbers[i])
	}
}

func TestAnEventHasItsNumberAndTheTimeAtItsEnd(t *testing.T) {
	l := NewLog(new(clock.Clock))
	take(l) // there is no observer yet
	before := l.Clock.Now()
	var got []Event
	l.Observe(func(e Event) { got = append(got, e) })
	l.Step(Faulted, 0, 0, 0)
	l.Step(FaultMinor, 0, 0, 0)
	require.Len(t, got, 2)
	require.EqualValues(t, 5, got[0].Seq)
	require.EqualValues(t, 6, got[1].Seq)
	first, second := before+clock.Time(Faulted.Info().Cost),
		before+clock.Time(Faulted.Info().Cost+FaultMinor.Info().Cost)
	require.Equal(t, []clock.Time{first, second}, []clock.Time{got[0].Time, got[1].Time})
}

func TestAStepAllocatesNothing(t *testing.T) {
	l := NewLog(new(clock.Clock))
	require.Zero(t, testing.AllocsPerRun(100, func() { take(l); l.Clock.Now() }), "allocations")
}
