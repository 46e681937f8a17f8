package ledger

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Inclusion proves that a tree holds an entry: the hashes that lead from the
// entry's leaf to the root (the audit path of RFC 6962).
type Inclusion struct {
	Seq    int64 // the entry's number
	Leaf   Hash  // its LeafHash
	Size   int64 // of the tree
	Root   Hash  // of the tree
	Hashes []Hash
}

// Growth proves that a longer log begins with a shorter one: nothing was
// changed, removed or put in between (the consistency proof of RFC 6962).
type Growth struct {
	OldSize int64
	OldRoot Hash
	Size    int64
	Root    Hash
	Hashes  []Hash
}

const (
	inclusionHeader = "Assay log inclusion"
	growthHeader    = "Assay log growth"
	maxProof        = 130 // hashes; a tree of 2^63 entries needs 63
)

// Verify tells whether the proof holds for the head: the entry with this number
// and leaf is in the tree with this root.
func (p Inclusion) Verify(h Head) error {
	if p.Size != h.Size || p.Root != h.Root {
		return fault.Tampered("The proof for log entry %d belongs to another head of the log.", p.Seq)
	}
	if p.Seq < 1 || tlog.CheckRecord(p.Hashes, p.Size, p.Root, p.Seq-1, p.Leaf) != nil {
		return fault.Tampered("Log entry %d is not in the log that was signed.", p.Seq)
	}
	return nil
}

// Verify tells whether the log of head now begins with the log of head then.
func (g Growth) Verify(then, now Head) error {
	switch {
	case !then.SameLog(now):
		return fault.Tampered("The two heads belong to different registers.")
	case g.OldSize != then.Size || g.OldRoot != then.Root || g.Size != now.Size || g.Root != now.Root:
		return fault.Tampered("The proof of growth belongs to other heads of the log.")
	case g.OldSize < 1 || g.OldSize > g.Size,
		g.OldSize == g.Size && (g.OldRoot != g.Root || len(g.Hashes) != 0),
		tlog.CheckTree(g.Hashes, g.Size, g.Root, g.OldSize, g.OldRoot) != nil:
		return fault.Tampered(
			"The activity log was rewritten: at %d entries it no longer begins with the %d entries signed earlier.",
			now.Size,
			then.Size,
		)
	}
	return nil
}

// FormatInclusion writes a proof as text, one hash a line.
func FormatInclusion(p Inclusion) []byte {
	b := fmt.Appendf(nil, "%s\nentry %d %v\nsize %d %v\n", inclusionHeader, p.Seq, p.Leaf, p.Size, p.Root)
	return appendHashes(b, p.Hashes)
}

// ParseInclusion reads what FormatInclusion wrote and nothing else.
func ParseInclusion(text []byte) (Inclusion, error) {
	var p Inclusion
	var err error
	p.Seq, p.Leaf, p.Size, p.Root, p.Hashes, err = parseProof(text, inclusionHeader, "entry ", "size ")
	if err == nil && !bytes.Equal(FormatInclusion(p), text) {
		err = errProof
	}
	if err != nil {
		return Inclusion{}, err
	}
	return p, nil
}

// FormatGrowth writes a proof as text, one hash a line.
func FormatGrowth(g Growth) []byte {
	b := fmt.Appendf(nil, "%s\nfrom %d %v\nto %d %v\n", growthHeader, g.OldSize, g.OldRoot, g.Size, g.Root)
	return appendHashes(b, g.Hashes)
}

// ParseGrowth reads what FormatGrowth wrote and nothing else.
func ParseGrowth(text []byte) (Growth, error) {
	var g Growth
	var err error
	g.OldSize, g.OldRoot, g.Size, g.Root, g.Hashes, err = parseProof(text, growthHeader, "from ", "to ")
	if err == nil && !bytes.Equal(FormatGrowth(g), text) {
		err = errProof
	}
	if err != nil {
		return Growth{}, err
	}
	return g, nil
}

func appendHashes(b []byte, hashes []Hash) []byte {
	for _, h := range hashes {
		b = append(append(b, h.String()...), '\n')
	}
	return b
}

var errProof = fault.Unreadable("", "This is no proof from an Assay activity log.")

func parseProof(
	text []byte,
	header, first, second string,
) (n1 int64, h1 Hash, n2 int64, h2 Hash, hashes []Hash, err error) {
	lines := strings.Split(string(text), "\n")
	if len(lines) < 4 || len(lines) > 4+maxProof || lines[0] != header || lines[len(lines)-1] != "" {
		return 0, h1, 0, h2, nil, errProof
	}
	point := func(line, label string) (int64, Hash, bool) {
		rest, ok1 := strings.CutPrefix(line, label)
		num, hash, ok2 := strings.Cut(rest, " ")
		n, err1 := strconv.ParseInt(num, 10, 64)
		h, err2 := tlog.ParseHash(hash)
		return n, h, ok1 && ok2 && err1 == nil && err2 == nil && n >= 1
	}
	var ok1, ok2 bool
	n1, h1, ok1 = point(lines[1], first)
	n2, h2, ok2 = point(lines[2], second)
	if !ok1 || !ok2 || n1 > n2 {
		return 0, h1, 0, h2, nil, errProof
	}
	for _, line := range lines[3 : len(lines)-1] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 0, h1, 0, h2, nil, errProof
		}
		hashes = append(hashes, h)
	}
	return n1, h1, n2, h2, hashes, nil
}
