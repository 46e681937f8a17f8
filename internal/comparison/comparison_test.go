package comparison

import (
	"math"
	"math/rand/v2"
	"testing"

	"assay/internal/oversight"
)

// TestDifference holds the interval to the examples of Newcombe (1998), table II, method 10.
func TestDifference(t *testing.T) {
	for _, c := range []struct {
		x1, n1, x2, n2 int64
		low, high      float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 10, -0.2775, 0.2775},
		{10, 10, 0, 10, 0.6075, 1.0000},
	} {
		d, low, high := difference(oversight.NewRate(c.x2, c.n2), oversight.NewRate(c.x1, c.n1))
		want := float64(c.x1)/float64(c.n1) - float64(c.x2)/float64(c.n2)
		if math.Abs(d-want) > 1e-12 || math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d/%d less %d/%d: %.4f (%.4f to %.4f), published %.4f to %.4f",
				c.x1, c.n1, c.x2, c.n2, d, low, high, c.low, c.high)
		}
	}
}

// TestLines compares what can be, at its rate of false alarms, and shows nothing small.
func TestLines(t *testing.T) {
	got := Lines([]Pair{
		{Measure: "apart", A: [2]int64{10, 100}, B: [2]int64{60, 100}},
		{Measure: "alike", A: [2]int64{10, 100}, B: [2]int64{12, 100}},
		{Measure: "small", A: [2]int64{0, 29}, B: [2]int64{29, 1000}},
	})
	if !got[0].Differs || got[1].Differs || got[2].Differs || got[0].Why+got[1].Why != "" || got[2].Why == "" ||
		got[2].A != (oversight.Rate{}) || got[2].B != (oversight.Rate{}) {
		t.Fatalf("%+v", got)
	}
	random := rand.New(rand.NewPCG(8, 1))
	draw := func() [2]int64 {
		x := [2]int64{0, 80}
		for range 80 {
			if random.Float64() < 0.3 {
				x[0]++
			}
		}
		return x
	}
	const times = 2000
	alarms, covered := 0, 0
	for range times {
		lines := Lines([]Pair{{A: draw(), B: draw()}, {A: draw(), B: draw()}, {A: draw(), B: draw()}})
		if lines[0].Differs || lines[1].Differs || lines[2].Differs {
			alarms++
		}
		if lines[0].Low <= 0 && lines[0].High >= 0 {
			covered++
		}
	}
	t.Logf("of %d comparisons without a difference, %d raise one; the interval covers 0 in %d", times, alarms, covered)
	if alarms > times*6/100 || covered < times*94/100 || covered > times*97/100 {
		t.Errorf("%d alarms, %d covered of %d", alarms, covered, times)
	}
}
