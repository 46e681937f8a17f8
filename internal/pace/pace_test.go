package pace

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestPace_left has works go by a clock that is made up, and expects the time left, from
// the first tenth on, to be right within a fifth of it.
func TestPace_left(t *testing.T) {
	const total = 929_000_000
	chance := rand.New(rand.NewPCG(1, 4))
	for name, speed := range map[string]func(share float64) float64{ // bytes a second, by the share done
		"even":              func(float64) float64 { return 80e6 },
		"slow_work":         func(float64) float64 { return 40e3 },
		"uneven":            func(float64) float64 { return 80e6 * (0.7 + 0.6*chance.Float64()) },
		"with_a_slow_start": func(s float64) float64 { return 80e6 * min(1, 0.2+s*40) },
		"with_short_stalls": func(float64) float64 {
			if chance.IntN(8) == 0 {
				return 40e6
			}
			return 80e6
		},
		"a_little_slower_with_time": func(s float64) float64 { return 80e6 * (1 - 0.15*s) },
	} {
		for _, ending := range []float64{0, 0.15, 0.2, 0.25} {
			now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
			p := New(now, ending)
			type said struct {
				at   time.Time
				left time.Duration
			}
			var all []said
			done := int64(0)
			for done < total {
				step := int64(total/400 + chance.IntN(total/400))
				v := speed(float64(done) / total)
				step = min(step, total-done)
				now = now.Add(time.Duration(float64(step) / v * float64(time.Second)))
				done += step
				e := p.At(now, done, total)
				if done >= total/10 {
					all = append(all, said{now, e.Left})
				}
			}
			end := now.Add(time.Duration(ending * float64(now.Sub(p.start))))
			for _, x := range all {
				is := end.Sub(x.at).Seconds()
				// A hundredth of the whole is no matter, when little is left.
				if math.Abs(x.left.Seconds()-is) > 0.2*is+0.01*end.Sub(p.start).Seconds() {
					t.Errorf("%s, ending %.2f: %v after the start it said %v, and it was %v",
						name, ending, x.at.Sub(p.start), x.left, end.Sub(x.at))
					break
				}
			}
		}
	}
}

// TestPace_changes: a work that goes at another speed from some moment on is believed
// once it has gone on for half as long.
func TestPace_changes(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	p := New(now, 0)
	for done := int64(10); done <= 1000; done += 10 {
		step := time.Second
		if done > 400 {
			step = 3 * time.Second
		}
		now = now.Add(step)
		left := p.At(now, done, 1000).Left
		is := time.Duration((1000-done)/10) * 3 * time.Second
		if done > 600 && (left < is*9/10 || left > is*11/10) {
			t.Errorf("at %d it said %v, and it was %v", done, left, is)
		}
	}
}

// TestPace_says_nothing: no rate and no time are said before there is anything to
// take them from.
func TestPace_says_nothing(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	p := New(now, Import)
	if e := p.At(now, 0, 100); e != (Estimate{}) {
		t.Error(e)
	}
	if e := p.At(now.Add(time.Second), 0, 100); e != (Estimate{}) {
		t.Error(e)
	}
	if e := p.At(now, 50, 100); e != (Estimate{}) { // the clock was set back
		t.Error(e)
	}
	if e := New(now, Import).At(now.Add(2*time.Second), 60, 0); e.Rate != 30 || e.Left != 0 {
		t.Error(e)
	}
}
