package policy_test

import (
	"testing"

	"vmsim/pagecache/policy"
)

// BenchmarkPolicy simulates a memory of 100,000 pages over 20 million references to a million pages, Zipf with α = 1.
func BenchmarkPolicy(b *testing.B) {
	trace := zipf(20_000_000, 1_000_000, 1, 1)
	for _, p := range policy.Named {
		b.Run(p.Name, func(b *testing.B) {
			for b.Loop() {
				s := policy.NewSimulation(p.New(100_000), 100_000)
				s.Run(trace)
				b.ReportMetric(s.Ratio(), "missed")
			}
			b.ReportMetric(float64(len(trace))*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
	b.Run("opt", func(b *testing.B) {
		for b.Loop() {
			s := policy.NewSimulation(policy.NewOPT(trace), 100_000)
			s.Run(trace)
			b.ReportMetric(s.Ratio(), "missed")
		}
		b.ReportMetric(float64(len(trace))*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
	})
}
