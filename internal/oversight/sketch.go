package oversight

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// Sketch holds a distribution of durations in bounded space. Up to Exact
// values it keeps them all and its quantiles are exact to the microsecond;
// beyond that it keeps counts in buckets whose width grows with the value, and
// quantiles are within 1 % of the true value (the DDSketch of Masson, Rim and
// Lee, 2019, with a relative error of 1 %). Sketches merge into the sketch of
// all their values, in any order. The zero Sketch is empty.
type Sketch struct {
	exact   []int64         // microseconds, unsorted
	buckets map[int32]int64 // nil while exact
	n       int64
}

// Exact is the number of values up to which a Sketch keeps each of them.
const Exact = 4096

const sketchError = 0.01

var logGamma = math.Log((1 + sketchError) / (1 - sketchError))

// bucketOf: 0 is zero, positive indexes are positive values, negative ones
// mirror them. A value of at least one microsecond has an index of at least 1.
func bucketOf(us int64) int32 {
	switch {
	case us == 0:
		return 0
	case us < 0:
		return -bucketOf(max(-us, 1))
	}
	return int32(math.Ceil(math.Log(float64(us))/logGamma)) + 1
}

func bucketValue(b int32) float64 {
	switch {
	case b == 0:
		return 0
	case b < 0:
		return -bucketValue(-b)
	}
	hi := math.Exp(float64(b-1) * logGamma)
	return 2 * hi / (1 + math.Exp(logGamma)) // the value with equal relative error to both ends
}

// Add notes one duration in microseconds.
func (s *Sketch) Add(us int64) {
	s.n++
	if s.buckets == nil {
		s.exact = append(s.exact, us)
		if len(s.exact) > Exact {
			s.collapse()
		}
		return
	}
	s.buckets[bucketOf(us)]++
}

func (s *Sketch) collapse() {
	s.buckets = make(map[int32]int64, 256)
	for _, v := range s.exact {
		s.buckets[bucketOf(v)]++
	}
	s.exact = nil
}

// Merge adds all values of o.
func (s *Sketch) Merge(o *Sketch) {
	if o.buckets == nil {
		for _, v := range o.exact {
			s.Add(v)
		}
		return
	}
	if s.buckets == nil {
		s.collapse()
	}
	for b, n := range o.buckets {
		s.buckets[b] += n
	}
	s.n += o.n
}

// N is the number of values.
func (s *Sketch) N() int64 { return s.n }

// Quantile is the value in seconds below or at which a share q (0 to 1) of the
// values lies: the value of rank ⌈q·n⌉, and for the median of an even number
// the mean of the two in the middle. NaN for no values.
func (s *Sketch) Quantile(q float64) float64 {
	if s.n == 0 {
		return math.NaN()
	}
	if q == 0.5 && s.n%2 == 0 {
		return (s.rank(s.n/2) + s.rank(s.n/2+1)) / 2e6
	}
	return s.rank(min(max(int64(math.Ceil(q*float64(s.n))), 1), s.n)) / 1e6
}

func (s *Sketch) rank(r int64) float64 {
	if s.buckets == nil {
		slices.Sort(s.exact)
		return float64(s.exact[r-1])
	}
	for _, b := range s.keys() {
		if r -= s.buckets[b]; r <= 0 {
			return bucketValue(b)
		}
	}
	return math.NaN()
}

func (s *Sketch) keys() []int32 {
	keys := make([]int32, 0, len(s.buckets))
	for b := range s.buckets {
		keys = append(keys, b)
	}
	slices.Sort(keys)
	return keys
}

// MarshalBinary writes the same bytes for the same values, whatever the order
// they came in.
//
// The form is one byte, 0 for exact values and 1 for buckets; then, as varints,
// how many follow and, ascending, the difference to the one before (and for a
// bucket its count).
func (s *Sketch) MarshalBinary() ([]byte, error) {
	if s.buckets == nil {
		slices.Sort(s.exact)
		b := binary.AppendUvarint([]byte{0}, uint64(len(s.exact)))
		prev := int64(0)
		for _, v := range s.exact {
			b = binary.AppendVarint(b, v-prev)
			prev = v
		}
		return b, nil
	}
	b := binary.AppendUvarint([]byte{1}, uint64(len(s.buckets)))
	prev := int32(0)
	for _, k := range s.keys() {
		b = binary.AppendVarint(b, int64(k-prev))
		b = binary.AppendUvarint(b, uint64(s.buckets[k]))
		prev = k
	}
	return b, nil
}

var errSketch = errors.New("not a sketch")

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *Sketch) UnmarshalBinary(b []byte) error {
	*s = Sketch{}
	if len(b) == 0 {
		return nil
	}
	kind := b[0]
	b = b[1:]
	n, k := binary.Uvarint(b)
	if k <= 0 || kind > 1 || n > uint64(len(b)) {
		return errSketch
	}
	b = b[k:]
	if kind == 1 {
		s.buckets = make(map[int32]int64, n)
	}
	prev := int64(0)
	for range n {
		d, k := binary.Varint(b)
		if k <= 0 {
			return errSketch
		}
		b = b[k:]
		prev += d
		if kind == 0 {
			s.exact = append(s.exact, prev)
			s.n++
			continue
		}
		c, k := binary.Uvarint(b)
		if k <= 0 || c > math.MaxInt64 || prev != int64(int32(prev)) {
			return errSketch
		}
		b = b[k:]
		s.buckets[int32(prev)] += int64(c)
		s.n += int64(c)
	}
	if len(b) != 0 {
		return errSketch
	}
	return nil
}
