package main

import "testing"

func TestTimesThatAreComparedHaveOneUnit(t *testing.T) {
	for _, x := range []struct {
		times []int64
		want  []string
	}{
		{[]int64{1500, 9_999_000}, []string{"1.5 us", "9999.0 us"}},
		{[]int64{1500, 10_000_000}, []string{"0.002 ms", "10.000 ms"}},
		{nil, nil},
	} {
		text := inOneUnit(x.times...)
		for i, n := range x.times {
			if got := text(n); got != x.want[i] {
				t.Errorf("%d of %v: %s, want %s", n, x.times, got, x.want[i])
			}
		}
	}
}
