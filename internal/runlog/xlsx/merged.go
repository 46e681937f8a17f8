package xlsx

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"
	"assay/internal/runlog/xmlx"
)

// A workbook says behind a sheet's rows which of its cells are merged, and keeps a value
// in the first of them alone. The others are not empty to whoever looks at the sheet, so
// that they have to be known before the rows are read: the sheet's part is gone through
// once for the word, as bytes, and only one that has it is read twice.

// area is what a merged cell covers: rows as the sheet counts them, and columns from 0.
type area struct {
	top, bottom int64
	left, right int
}

// covers tells whether another cell of the area holds the value of that one.
func (a area) covers(row int64, column int) bool {
	return row >= a.top && row <= a.bottom && column >= a.left && column <= a.right &&
		(row > a.top || column > a.left)
}

// mostMerged bounds the memory for merged cells; people merge some hundreds.
const mostMerged = 1 << 19

// merged lists the merged cells of a sheet from top to bottom.
func (b *workbook) merged(part string) (list []area, err error) {
	if has, err := b.mentions(part, "mergeCell"); !has || err != nil {
		return nil, err
	}
	err = b.each(part, func(x *xmlx.Reader) error {
		if xmlx.Local(x.Name) != "mergeCell" {
			return nil
		}
		ref := x.Attr("ref")
		a, ok := areaOf(ref)
		if !ok || len(list) == mostMerged {
			return fault.Unreadable(b.o.Name, "The merged cell %q cannot be read; take the cells of the sheet apart, "+
				"and save it again.", quote.Clip(string(ref)))
		}
		list = append(list, a)
		return nil
	})
	slices.SortFunc(list, func(a, b area) int { return cmp.Compare(a.top, b.top) })
	return list, err
}

// mentions tells whether a part of the workbook holds a word.
func (b *workbook) mentions(part, word string) (bool, error) {
	r, c, err := b.open(part)
	if r == nil {
		return false, err
	}
	defer c.Close()
	buf, kept := make([]byte, 64<<10), 0
	for {
		n, err := r.Read(buf[kept:])
		have := buf[:kept+n]
		switch {
		case bytes.Contains(have, []byte(word)):
			return true, nil
		case err != nil: // other than the end: it is said where the rows are read, with the place
			return false, nil
		}
		kept = copy(buf, have[max(0, len(have)-len(word)+1):])
	}
}

// areaOf reads a reference such as "A2:B7".
func areaOf(ref []byte) (a area, ok bool) {
	from, to, two := bytes.Cut(ref, []byte(":"))
	if !two {
		to = from
	}
	a.left, a.top = columnOf(from), rowOf(from)
	a.right, a.bottom = columnOf(to), rowOf(to)
	return a, a.left >= 0 && a.left <= a.right && a.top > 0 && a.top <= a.bottom
}

// rowOf is the row in a reference such as "AB12"; 0 for what is none.
func rowOf(ref []byte) int64 {
	i := bytes.IndexAny(ref, "0123456789")
	if i < 0 {
		return 0
	}
	n, err := strconv.ParseInt(string(ref[i:]), 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// cover notes which cells of the row that was read are covered by others.
func (s *Sheet) cover() error {
	s.over = slices.DeleteFunc(s.over, func(a area) bool { return a.bottom < s.row })
	for len(s.areas) > 0 && s.areas[0].top <= s.row {
		if a := s.areas[0]; a.bottom >= s.row {
			s.over = append(s.over, a)
		}
		s.areas = s.areas[1:]
	}
	// Areas of one row have cells of their own.
	if len(s.over) > table.MaxColumns {
		return fault.Unreadable("", "The merged cells of the sheet lie over each other; take them apart, and save it "+
			"again.")
	}
	return nil
}

// covered tells whether another cell holds the value of that one.
func (s *Sheet) covered(column int) bool {
	return slices.ContainsFunc(s.over, func(a area) bool { return a.covers(s.row, column) })
}
