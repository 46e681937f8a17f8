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
	exact  []int64 // microseconds, unsorted; nil once there are counts
	lowest int32   // bucket of counts[0]
	counts []int64
	n      int64
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
	one := measured(us)
	s.add(&one)
}

// measure is one duration on its way into several sketches: its bucket, which
// costs a logarithm, is worked out where the first of them asks for it.
type measure struct {
	us     int64
	bucket int32
	known  bool
}

func measured(us int64) measure { return measure{us: us} }

func (s *Sketch) add(m *measure) {
	s.n++
	if s.counts == nil {
		s.exact = append(s.exact, m.us)
		s.Compact(Exact)
		return
	}
	if !m.known {
		m.bucket, m.known = bucketOf(m.us), true
	}
	s.reach(m.bucket, m.bucket)
	s.counts[m.bucket-s.lowest]++
}

// Compact gives up exact values where there are more than limit.
func (s *Sketch) Compact(limit int) {
	if s.counts != nil || len(s.exact) == 0 || len(s.exact) <= limit {
		return
	}
	low, high := bucketOf(slices.Min(s.exact)), bucketOf(slices.Max(s.exact))
	s.reach(low, high)
	for _, v := range s.exact {
		s.counts[bucketOf(v)-s.lowest]++
	}
	s.exact = nil
}

// reach makes room for the buckets low to high.
func (s *Sketch) reach(low, high int32) {
	if s.counts == nil {
		s.lowest, s.counts = low, make([]int64, high-low+1)
		return
	}
	if d := s.lowest - low; d > 0 {
		d += 16 // more will come
		s.counts = append(make([]int64, d, int(d)+len(s.counts)+16), s.counts...)
		s.lowest -= d
	}
	if d := int(high-s.lowest) + 1 - len(s.counts); d > 0 {
		s.counts = append(s.counts, make([]int64, d)...)
	}
}

// Merge adds all values of o.
func (s *Sketch) Merge(o *Sketch) {
	if o.counts == nil {
		for _, v := range o.exact {
			s.Add(v)
		}
		return
	}
	s.Compact(-1)
	s.reach(o.lowest, o.lowest+int32(len(o.counts))-1)
	into := s.counts[o.lowest-s.lowest:]
	for i, n := range o.counts {
		into[i] += n
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
	if s.counts == nil {
		slices.Sort(s.exact)
		return float64(s.exact[r-1])
	}
	for i, n := range s.counts {
		if r -= n; r <= 0 {
			return bucketValue(s.lowest + int32(i))
		}
	}
	return math.NaN()
}

// MarshalBinary writes the same bytes for the same values, whatever the order
// they came in.
//
// The form is one byte, 0 for exact values and 1 for buckets; then, as varints,
// how many follow and, ascending, the difference to the one before (and for a
// bucket its count).
func (s *Sketch) MarshalBinary() ([]byte, error) {
	if s.counts == nil {
		slices.Sort(s.exact)
		b := binary.AppendUvarint([]byte{0}, uint64(len(s.exact)))
		prev := int64(0)
		for _, v := range s.exact {
			b = binary.AppendVarint(b, v-prev)
			prev = v
		}
		return b, nil
	}
	used := 0
	for _, n := range s.counts {
		if n > 0 {
			used++
		}
	}
	b := binary.AppendUvarint([]byte{1}, uint64(used))
	prev := int64(0)
	for i, n := range s.counts {
		if n > 0 {
			k := int64(s.lowest) + int64(i)
			b = binary.AppendVarint(b, k-prev)
			b = binary.AppendUvarint(b, uint64(n))
			prev = k
		}
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
	n, k := binary.Uvarint(b[1:])
	if k <= 0 || kind > 1 || n > uint64(len(b)) {
		return errSketch
	}
	b = b[1+k:]
	if kind == 1 {
		return s.readCounts(b, n)
	}
	s.exact = make([]int64, n)
	prev := int64(0)
	for i := range s.exact {
		d, k := binary.Varint(b)
		if k <= 0 {
			return errSketch
		}
		b = b[k:]
		prev += d
		s.exact[i] = prev
	}
	s.n = int64(n)
	if len(b) != 0 {
		return errSketch
	}
	return nil
}

// The buckets of the shortest and longest durations that there can be.
var lowestBucket, highestBucket = int64(bucketOf(math.MinInt64 + 1)), int64(bucketOf(math.MaxInt64))

func (s *Sketch) readCounts(b []byte, n uint64) error {
	prev := int64(0)
	for i := range n {
		d, k := binary.Varint(b)
		if k <= 0 || i > 0 && d <= 0 {
			return errSketch
		}
		b = b[k:]
		c, k := binary.Uvarint(b)
		if k <= 0 || c == 0 || c > math.MaxInt64/2 {
			return errSketch
		}
		b = b[k:]
		if prev += d; prev < lowestBucket || prev > highestBucket {
			return errSketch
		}
		s.reach(int32(prev), int32(prev))
		s.counts[int32(prev)-s.lowest] = int64(c)
		s.n += int64(c)
	}
	if len(b) != 0 || n == 0 {
		return errSketch
	}
	return nil
}
