package agreement

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestPublished holds both coefficients to figures that others published or that
// irrCAC 0.4.4 gives: value and standard error.
func TestPublished(t *testing.T) {
	for _, c := range []struct {
		name                  string
		table                 [][]int64
		kappa, kappaErr       float64
		ac1, ac1Err, observed float64
	}{
		{ // Gwet's abstractors: pregnancies of three kinds, by two readers of charts
			"abstractors", [][]int64{{13, 0, 0}, {0, 20, 7}, {0, 4, 56}}, 0.79641, 0.05891, 0.84933, 0.04322, 0.89,
		},
		{ // Dane County: 1,891 judges' decisions and a risk score's advice on bail
			"dane_county", [][]int64{{1053, 159}, {357, 322}}, 0.36654, 0.02225, 0.52521, 0.02027, 0.72713,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, x := range []struct {
				name       string
				got        Coefficient
				value, err float64
			}{{"kappa", Kappa(c.table), c.kappa, c.kappaErr}, {"AC1", AC1(c.table), c.ac1, c.ac1Err}} {
				// The error of a table divides by n where ours divides by n - 1.
				if math.Abs(x.got.Value-x.value) > 5e-6 || math.Abs(x.got.Error-x.err) > 3e-4 ||
					math.Abs(x.got.Observed-c.observed) > 5e-6 {
					t.Errorf("%s: %+v, want %g with error %g", x.name, x.got, x.value, x.err)
				}
			}
		})
	}
}

// TestParadox shows why there are two: 118 of 125 agree, and kappa is nearly none.
func TestParadox(t *testing.T) {
	table := [][]int64{{118, 5}, {2, 0}} // Gwet, 2008, table 1
	if k, a := Kappa(table), AC1(table); k.Value > 0 || a.Value < 0.93 {
		t.Errorf("kappa %g, AC1 %g", k.Value, a.Value)
	}
}

func TestCoefficient(t *testing.T) {
	for name, table := range map[string][][]int64{
		"no_case": {{0, 0}, {0, 0}}, "one_case": {{1, 0}, {0, 0}},
	} {
		if Kappa(table).Known || AC1(table).Known {
			t.Errorf("%s is known", name)
		}
	}
	if c := Kappa([][]int64{{40, 0}, {0, 0}}); c.Known {
		t.Errorf("one answer throughout: %+v", c)
	}
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.IntRange(2, 5).Draw(t, "answers")
		table := make([][]int64, q)
		for i := range table {
			table[i] = make([]int64, q)
			for j := range table[i] {
				table[i][j] = rapid.Int64Range(0, 50).Draw(t, fmt.Sprint(i, j))
			}
		}
		turned := make([][]int64, q) // who is called first must not matter
		for i := range turned {
			turned[i] = make([]int64, q)
			for j := range turned[i] {
				turned[i][j] = table[j][i]
			}
		}
		for _, f := range []func([][]int64) Coefficient{Kappa, AC1} {
			a, b := f(table), f(turned)
			if math.Abs(a.Value-b.Value) > 1e-9 || math.Abs(a.Error-b.Error) > 1e-9 {
				t.Fatalf("%+v and turned %+v", a, b)
			}
			if a.Known && (a.Value > 1 || a.Low > a.Value || a.High < min(a.Value, 1) || math.IsNaN(a.Error)) {
				t.Fatalf("%+v", a)
			}
		}
	})
}
