package oversight

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.8g, want %.8g", what, got, want)
	}
}

// Reference values were computed with exact rational arithmetic or are given in
// the literature named.
func TestStatistics(t *testing.T) {
	t.Run("Wilson_interval", func(t *testing.T) {
		// Newcombe (1998), Statistics in Medicine 17, table I.
		for _, c := range []struct {
			x, n      int64
			low, high float64
		}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
			r := NewRate(c.x, c.n)
			near(t, "low", r.Low, c.low, 5e-5)
			near(t, "high", r.High, c.high, 5e-5)
		}
		if r := NewRate(0, 0); r.Low != 0 || r.High != 1 {
			t.Errorf("nothing of nothing: %+v", r)
		}
		if r := NewRate(5, 5); r.High != 1 {
			t.Errorf("all: %+v", r)
		}
	})
	t.Run("Fishers_exact_test", func(t *testing.T) {
		near(t, "tea tasting 3 1 1 3", fisher(3, 1, 1, 3), 34.0/70, 1e-9)
		near(t, "8 2 1 5", fisher(8, 2, 1, 5), 400.0/11440, 1e-9)
		near(t, "1 9 11 3", fisher(1, 9, 11, 3), 0.002759456185, 1e-9)
	})
	t.Run("chi_square", func(t *testing.T) {
		a := Independence([][]int64{{90, 60, 104, 95}, {30, 50, 51, 20}, {30, 40, 45, 35}})
		near(t, "statistic", a.Statistic, 24.5712, 5e-4)
		near(t, "p", a.P, 0.00041, 5e-6)
		if a.DF != 6 || a.N != 650 || a.Method != "chi-square" {
			t.Errorf("%+v", a)
		}
		near(t, "V", a.V, math.Sqrt(24.5712/(650*2)), 1e-4)
		if e := Independence([][]int64{{8, 2}, {1, 5}}); e.Method != "Fisher's exact test" {
			t.Errorf("small expected counts are tested by %s", e.Method)
		}
		if e := Independence([][]int64{{8, 0}, {5, 0}}); e.P != 1 {
			t.Errorf("no variety: %+v", e)
		}
	})
	t.Run("rate_ratio", func(t *testing.T) {
		r := NewRatio(15, 100, 30, 120)
		near(t, "ratio", r.Ratio, 0.6, 1e-12)
		se := math.Sqrt(1./15 - 1./100 + 1./30 - 1./120)
		near(t, "low", r.Low, 0.6*math.Exp(-1.959964*se), 1e-6)
		near(t, "high", r.High, 0.6*math.Exp(1.959964*se), 1e-6)
		if z := NewRatio(0, 100, 30, 120); !z.Adjusted || math.IsInf(z.High, 0) || math.IsNaN(z.Low) {
			t.Errorf("none: %+v", z)
		}
	})
	t.Run("corrections", func(t *testing.T) {
		ps := []float64{0.01, 0.04, 0.03, 0.005}
		for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
			near(t, "Holm", Holm(ps)[i], want, 1e-12)
		}
		for i, want := range []float64{0.02, 0.04, 0.04, 0.02} {
			near(t, "BH", BenjaminiHochberg(ps)[i], want, 1e-12)
		}
		if len(Holm(nil)) != 0 {
			t.Error("no tests")
		}
	})
	t.Run("rare_outcomes_are_pooled_until_chi_square_holds", func(t *testing.T) {
		p, merged := pool([][]int64{{500, 3, 2, 0, 400}, {480, 1, 4, 1, 390}})
		if merged != 3 || len(p[0]) != 3 || p[0][2] != 5 || p[1][2] != 6 {
			t.Errorf("%v, %d merged", p, merged)
		}
		p, merged = pool([][]int64{{500, 1}, {480, 0}})
		if merged != 2 || Independence(p).P != 1 {
			t.Errorf("%v, %d merged", p, merged)
		}
	})
}

func TestSketch(t *testing.T) {
	t.Run("is_exact_for_few_and_within_a_hundredth_for_many", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{1, 2, 3, 100, Exact, Exact + 1, 50_000} {
			var s Sketch
			vs := make([]int64, n)
			for i := range vs {
				vs[i] = int64(r.ExpFloat64()*180e6) - 1e6
				s.Add(vs[i])
			}
			slices.Sort(vs)
			for _, q := range []float64{0.1, 0.5, 0.9} {
				want := float64(vs[max(int(math.Ceil(q*float64(n)))-1, 0)]) / 1e6
				if q == 0.5 && n%2 == 0 {
					want = float64(vs[n/2-1]+vs[n/2]) / 2e6
				}
				got, within := s.Quantile(q), 0.0
				if n > Exact {
					within = math.Abs(want) * 0.0101
				}
				near(t, "quantile", got, want, within+1e-9)
			}
		}
		var none, large Sketch
		for i := range Exact + 1 {
			large.Add(int64(i))
		}
		none.Merge(&large)
		if none.N() != Exact+1 || none.Quantile(0.5) != large.Quantile(0.5) {
			t.Error("a large sketch is lost in an empty one")
		}
		none = Sketch{}
		if !math.IsNaN(none.Quantile(0.5)) {
			t.Error("the median of nothing is a number")
		}
	})
	t.Run("merges_in_any_order_and_reads_back", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			vs := rapid.SliceOfN(rapid.Int64Range(-1e6, 1e12), 0, 50).Draw(t, "values")
			many := rapid.Bool().Draw(t, "many")
			var whole, a, b Sketch
			add := func(s *Sketch, v int64) {
				n := 1
				if many {
					n = 200
				}
				for range n {
					s.Add(v)
				}
			}
			for i, v := range vs {
				add(&whole, v)
				if i%3 == 0 {
					add(&a, v)
				} else {
					add(&b, v)
				}
			}
			b.Merge(&a)
			x, _ := whole.MarshalBinary()
			y, _ := b.MarshalBinary()
			if string(x) != string(y) {
				t.Fatalf("%x, %x", x, y)
			}
			var back Sketch
			if err := back.UnmarshalBinary(x); err != nil {
				t.Fatal(err)
			}
			z, _ := back.MarshalBinary()
			if string(x) != string(z) || back.N() != whole.N() {
				t.Fatalf("%x reads back as %x", x, z)
			}
		})
	})
}

func FuzzSketch(f *testing.F) {
	var s Sketch
	s.Add(5)
	b, _ := s.MarshalBinary()
	f.Add(b)
	f.Add([]byte{1, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Sketch
		if s.UnmarshalBinary(b) == nil {
			s.Quantile(0.5)
		}
		var q Sequence
		if q.UnmarshalBinary(b) == nil {
			q.Gaps(5)
		}
		var k Streak
		_ = k.UnmarshalBinary(b)
	})
}

func TestSequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.SliceOfN(rapid.Int64Range(1, 60), 0, 80).Draw(t, "numbers")
		var a, b Sequence
		seen := map[int64]int64{}
		for i, n := range ns {
			seen[n]++
			if i%2 == 0 {
				a.Add(n)
			} else {
				b.Add(n)
			}
			if rapid.IntRange(0, 9).Draw(t, "fold") == 0 {
				a.fold()
			}
		}
		a.Merge(&b)
		bin, _ := a.MarshalBinary()
		var back Sequence
		if err := back.UnmarshalBinary(bin); err != nil {
			t.Fatal(err)
		}
		gaps, _, missing, twice, ok := back.Gaps(1000)
		var wantMissing, wantTwice int64
		if len(ns) > 0 {
			for n := slices.Min(ns); n <= slices.Max(ns); n++ {
				switch c := seen[n]; {
				case c == 0:
					wantMissing++
				default:
					wantTwice += c - 1
				}
			}
		}
		listed := int64(0)
		for _, g := range gaps {
			for n := g.First; n <= g.Last; n++ {
				if seen[n] > 0 {
					t.Fatalf("%d is no gap", n)
				}
				listed++
			}
		}
		if !ok || missing != wantMissing || twice != wantTwice || listed != missing {
			t.Fatalf("%d missing, %d twice, %d listed; want %d, %d", missing, twice, listed, wantMissing, wantTwice)
		}
	})
	var s Sequence
	for i := range int64(maxRanges * 3) {
		s.Add(i * 1_000_003)
	}
	if _, _, _, _, ok := s.Gaps(1); ok {
		t.Error("scattered numbers pass for running numbers")
	}
}

func TestSample(t *testing.T) {
	t.Run("sizes_are_those_of_the_tables", func(t *testing.T) {
		// AICPA, Audit Sampling, statistical sample sizes for tests of controls
		// at 95 % confidence in large populations.
		for _, c := range []struct {
			tolerable float64
			expected  int64
			want      int64
		}{{0.05, 0, 59}, {0.10, 0, 29}, {0.05, 1, 93}, {0.02, 0, 149}, {0.10, 1, 46}} {
			p := SamplePlan{Seed: "s", Confidence: 0.95, Tolerable: c.tolerable, Expected: c.expected}
			if got := p.Size(10_000_000); got != c.want {
				t.Errorf("%g, %d expected: %d, want %d", c.tolerable, c.expected, got, c.want)
			}
		}
		p := SamplePlan{Seed: "s", Confidence: 0.95, Tolerable: 0.05}
		if p.Size(10) != 10 || p.Size(0) != 0 || p.Size(1) != 1 {
			t.Errorf("small populations: %d, %d, %d", p.Size(10), p.Size(0), p.Size(1))
		}
		if u := p.UpperLimit(10_000_000, 59, 0); u > 0.05 || u < 0.0495 {
			t.Errorf("no deviation in 59: at most %g", u)
		}
		if u := p.UpperLimit(100, 100, 3); u != 0.03 {
			t.Errorf("all were read: %g", u)
		}
	})
	t.Run("the_same_seed_draws_the_same_runs_and_the_frame_draws_them_again", func(t *testing.T) {
		draw := func(seed string) (Workpaper, string) {
			var frame strings.Builder
			s := NewSampler(SamplePlan{Seed: seed, Confidence: 0.95, Tolerable: 0.05}, &frame)
			for i := range 700 {
				at := Stratum{Gate: "g", Outcome: "valid"}
				if i%10 == 0 {
					at.Outcome = "invalid"
				}
				if i == 77 {
					at = Stratum{}
				}
				var err error
				if i%7 == 3 { // outside the period
					err = s.Pass()
				} else {
					err = s.Offer(at, RunRef{RunID: fmt.Sprint("run ", i)})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			w := s.Draw()
			w.Frame.Imports = []FrameImport{{Source: "a", Runs: 300}, {Source: "b", Runs: 400}}
			return w, frame.String()
		}
		a, frame := draw("2026-10-01")
		b, _ := draw("2026-10-01")
		c, _ := draw("2026-10-02")
		if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a.Strata, c.Strata) {
			t.Error("the seed does not settle the sample")
		}
		if a.Population != 600 || a.Drawn < a.Size || a.Drawn > a.Size+3 || len(a.Strata) != 3 ||
			len(a.Strata[0].Runs) != 1 ||
			a.Frame.Runs != 700 {
			t.Errorf("%+v", a)
		}
		for _, st := range a.Strata {
			for i, n := range st.Numbers {
				if st.Runs[i].RunID != fmt.Sprint("run ", n-1) {
					t.Errorf("number %d is %s", n, st.Runs[i].RunID)
				}
			}
		}
		if err := a.Redraw(strings.NewReader(frame)); err != nil {
			t.Error(err)
		}
		for name, change := range map[string]func(w *Workpaper, frame *string){
			"another seed": func(w *Workpaper, _ *string) { w.Plan.Seed = "2026-10-02" },
			"another plan": func(w *Workpaper, _ *string) { w.Plan.Tolerable = 0.04 },
			"no plan":      func(w *Workpaper, _ *string) { w.Plan.Confidence = 2 },
			"another run":  func(w *Workpaper, _ *string) { w.Strata[2].Numbers[3]++ },
			"a run left out": func(
				w *Workpaper, _ *string,
			) {
				w.Strata[2].Numbers = w.Strata[2].Numbers[1:]
			},
			"another population":            func(w *Workpaper, _ *string) { w.Strata[1].Population++ },
			"a stratum under another name":  func(w *Workpaper, _ *string) { w.Strata[1].Outcome = "void" },
			"two strata of a number":        func(w *Workpaper, _ *string) { w.Strata[1].Number = w.Strata[2].Number },
			"fewer imported":                func(w *Workpaper, _ *string) { w.Frame.Imports = w.Frame.Imports[1:] },
			"a run moved out of the period": func(_ *Workpaper, f *string) { *f = "0" + (*f)[1:] },
			"a line too many":               func(_ *Workpaper, f *string) { *f += "1\n" },
			"a line too few":                func(_ *Workpaper, f *string) { *f = (*f)[2:] },
			"a line of no stratum":          func(_ *Workpaper, f *string) { *f = "9" + (*f)[1:] },
			"no number":                     func(_ *Workpaper, f *string) { *f = "x" + (*f)[1:] },
			"no frame":                      func(w *Workpaper, _ *string) { w.Frame = nil },
		} {
			w, f := draw("2026-10-01")
			change(&w, &f)
			if err := w.Redraw(strings.NewReader(f)); fault.CodeOf(err) != fault.CodeTampered &&
				fault.CodeOf(err) != fault.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("a_plan_that_makes_no_sense_is_refused", func(t *testing.T) {
		for _, p := range []SamplePlan{
			{}, {Seed: "s", Confidence: 1, Tolerable: 0.05}, {Seed: "a\nb", Confidence: 0.9, Tolerable: 0.05},
			{Seed: "s", Confidence: 0.9}, {Seed: "s", Confidence: 0.9, Tolerable: 0.1, Expected: -1},
		} {
			if p.Check() == nil {
				t.Errorf("%+v is accepted", p)
			}
		}
	})
}
