package witness

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"

	"golang.org/x/mod/sumdb/tlog"
)

const register = "019d4321-0000-7000-8000-000000000001"

var at = time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)

func key(t testing.TB, name, secret string) *ledger.Key {
	t.Helper()
	sum := sha256.Sum256([]byte(secret))
	k, err := ledger.NewKey(name, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func logKey(t testing.TB) *ledger.Key {
	return key(t, ledger.Origin(register), "assay log key example")
}

func hash(t testing.TB, s string) ledger.Hash {
	t.Helper()
	h, err := tlog.ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// grownLog is a log of n entries; another word gives other entries.
func grownLog(t testing.TB, n int, word string) *ledger.Log {
	t.Helper()
	log := ledger.Open(ledger.Memory{}, 0)
	for range n {
		if _, _, err := log.Append(
			ledger.Entry{Time: at, Actor: ledger.Actor{Name: "Ann"}, Action: "note.add", Summary: word},
		); err != nil {
			t.Fatal(err)
		}
	}
	return log
}

func head(t testing.TB, log *ledger.Log, size int64) []byte {
	t.Helper()
	root, err := log.Root(size)
	if err != nil {
		t.Fatal(err)
	}
	note, err := ledger.SignHead(
		ledger.Head{Origin: ledger.Origin(register), Size: size, Root: root, Time: at}, logKey(t),
	)
	if err != nil {
		t.Fatal(err)
	}
	return note
}

func request(t testing.TB, log *ledger.Log, old, size int64) ledger.Request {
	t.Helper()
	q := ledger.Request{Old: old, Head: head(t, log, size)}
	if old > 0 {
		g, err := log.ProveGrowth(old, size)
		if err != nil {
			t.Fatal(err)
		}
		q.Hashes = g.Hashes
	}
	return q
}

func doc(t *testing.T, file string) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if text := f.Doc.Text(); text != "" {
		return text
	}
	var all string
	for _, c := range f.Comments {
		all += c.Text()
	}
	return all
}

func holds(t *testing.T, doc, text string) {
	t.Helper()
	want := "\t" + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n\t")
	if !strings.Contains(doc, strings.ReplaceAll(want, "\n\t\n", "\n\n")+"\n") {
		t.Errorf("the comment does not hold:\n%s", want)
	}
}

func TestSpecification(t *testing.T) {
	auditor := key(t, "auditor.example", "assay witness example")
	now := ledger.Head{
		Origin: ledger.Origin(register),
		Size:   3,
		Root:   hash(t, "HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw="),
		Time:   at,
	}
	signed, err := ledger.SignHead(now, logKey(t))
	if err != nil {
		t.Fatal(err)
	}
	q := ledger.Request{
		Old:    2,
		Hashes: []ledger.Hash{hash(t, "WVssWmJbQ11PIOw+pJienT6Q9+eNHrrwi24td+9CChc=")},
		Head:   ledger.Short(signed),
	}
	text := doc(t, "witness.go")
	holds(t, text, string(ledger.FormatRequest(q)))
	watched := Watched{
		Origin: now.Origin, Keys: logKey(t).Verifiers(), Size: 2,
		Root: hash(t, "5LzPLB2s9MKzUE2yUAvXCFlNQ+nebFuM9n7OCJL1Ma8="),
	}
	next, answer, err := watched.Countersign(q, auditor, at.Add(time.Hour))
	if err != nil || next.Size != 3 || next.Root != now.Root {
		t.Fatal(next, err)
	}
	line, _, _ := strings.Cut(string(answer), "\n")
	holds(t, text, line)
	holds(t, doc(t, "policy.go"), string(FormatPolicy(Policy{
		Logs:      logKey(t).Verifiers()[:1],
		Witnesses: []Named{{Name: "auditor", Key: auditor.Verifiers()[1]}},
		Quorum:    "auditor",
	})))
	sigs, err := ledger.OpenCosignatures(q.Head, answer, auditor.Verifiers()...)
	if err != nil || len(sigs) != 2 || !sigs[0].Time.Equal(at.Add(time.Hour)) || sigs[1].Name != "auditor.example" {
		t.Error(sigs, err)
	}
}

// TestCountersign holds a witness to what it has seen.
func TestCountersign(t *testing.T) {
	auditor := key(t, "auditor.example", "w")
	log, other := grownLog(t, 40, "a"), grownLog(t, 40, "b")
	fresh := Watched{Origin: ledger.Origin(register), Keys: logKey(t).Verifiers()}
	seen, _, err := fresh.Countersign(request(t, log, 0, 12), auditor, at)
	if err != nil || seen.Size != 12 {
		t.Fatal(seen, err)
	}
	strangers := request(t, log, 12, 20)
	root, _ := log.Root(20)
	strangers.Head, _ = ledger.SignHead(
		ledger.Head{Origin: seen.Origin, Size: 20, Root: root}, key(t, seen.Origin, "another secret"),
	)
	noisy := request(t, log, 0, 12)
	noisy.Hashes = []ledger.Hash{{}}
	wrong := request(t, log, 12, 30)
	wrong.Hashes[0][0]++
	elsewhere := seen
	elsewhere.Origin = "other.example"
	for name, c := range map[string]struct {
		from  Watched
		q     ledger.Request
		code  fault.Code // empty: it is countersigned
		words string
	}{
		"growth":              {seen, request(t, log, 12, 40), "", ""},
		"the_same_head_again": {seen, request(t, log, 12, 12), "", ""},
		"an_older_head":       {seen, request(t, log, 12, 12), "", ""},
		"a_rollback": {
			seen, request(t, log, 5, 11), fault.CodeTampered, "put back: a head of 12 entries",
		},
		"another_log_of_that_size": {
			seen, request(t, other, 12, 12), fault.CodeTampered, "two logs: a head of 12 entries",
		},
		"a_rewritten_log": {
			seen, request(t, other, 12, 40), fault.CodeTampered, "rewritten: a head of 12 entries",
		},
		"a_wrong_proof":               {seen, wrong, fault.CodeTampered, "rewritten"},
		"from_another_size":           {seen, request(t, log, 7, 40), fault.CodeConflict, "--old 12"},
		"as_if_it_were_the_first":     {seen, request(t, log, 0, 40), fault.CodeConflict, "--old 12"},
		"a_proof_where_none_belongs":  {fresh, noisy, fault.CodeUnreadable, "no proof"},
		"signed_by_another_key":       {seen, strangers, fault.CodeForbidden, "not signed by the log"},
		"a_log_that_is_not_watched":   {elsewhere, request(t, log, 12, 40), fault.CodeNotFound, ""},
		"first_head_of_a_fresh_watch": {fresh, request(t, other, 0, 1), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			next, answer, err := c.from.Countersign(c.q, auditor, at)
			if c.code == "" {
				if err != nil || len(answer) == 0 || next.Size < c.from.Size {
					t.Error(next, err)
				}
				return
			}
			if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) || answer != nil {
				t.Errorf("%v, and an answer of %d bytes", err, len(answer))
			}
			if next.Size != c.from.Size || next.Root != c.from.Root {
				t.Error("it moved on all the same")
			}
			if (c.code == fault.CodeConflict) != errors.Is(err, ErrOldSize) {
				t.Error(err)
			}
		})
	}
	t.Run("any_mangled_byte_of_a_request_is_refused", func(t *testing.T) {
		q := request(t, log, 12, 40)
		q.Head = ledger.Short(q.Head)
		good := ledger.FormatRequest(q)
		bad := 0
		for i := range good {
			for _, b := range [][]byte{
				append(append(bytes.Clone(good[:i]), good[i]^1), good[i+1:]...),
				append(bytes.Clone(good[:i]), good[i+1:]...),
				append(append(bytes.Clone(good[:i]), good[i]), good[i:]...), good[:i],
			} {
				if bytes.Equal(b, good) {
					continue
				}
				q, err := ledger.ParseRequest(b)
				if err != nil {
					continue
				}
				next, _, err := seen.Countersign(q, auditor, at)
				// A line of another name, or one left out, takes nothing from the others.
				if err == nil && (next.Size != 40 || !bytes.Contains(b, good[:60])) {
					t.Errorf("byte %d: countersigned as %v", i, next.Size)
				}
				bad++
			}
		}
		if bad == 0 {
			t.Error("nothing was parsed: the test looks at nothing")
		}
	})
}

func TestPolicy(t *testing.T) {
	log := grownLog(t, 9, "a")
	a, b, c := key(t, "a.example", "a"), key(t, "b.example", "b"), key(t, "c.example", "c")
	signed := head(t, log, 9)
	for _, w := range []*ledger.Key{a, c} {
		lines, err := ledger.Cosign(signed, w, at)
		if err != nil {
			t.Fatal(err)
		}
		if signed, err = ledger.AddSignatures(signed, lines); err != nil {
			t.Fatal(err)
		}
	}
	vkey := func(k *ledger.Key, kind int) string { return k.Verifiers()[kind].String() }
	witnesses := "# ours\n\n log " + vkey(logKey(t), 0) + " https://x.example/\n" +
		"witness a " + vkey(a, 1) + "\nwitness\tb " + vkey(b, 1) + "\nwitness c " + vkey(c, 2) + " https://c.example\n"
	for text, enough := range map[string]bool{
		"quorum none\n":                            true,
		"quorum a\n":                               true,
		"quorum b\n":                               false,
		"quorum c\n":                               true, // by ML-DSA-44
		"group g any a b\nquorum g\n":              true,
		"group g all a b c\nquorum g\n":            false,
		"group g 2 a b c\nquorum g\n":              true,
		"group g 2 a b\ngroup h 1 g c\nquorum h\n": true,
		"group g 2 a b\ngroup h 2 g c\nquorum h\n": false,
	} {
		p, err := ParsePolicy([]byte(witnesses + text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		v, err := p.Judge(signed)
		if err != nil || v.Enough != enough || len(v.Witnesses) != 2 {
			t.Errorf("%q: %+v %v", text, v, err)
		}
		if again, err := ParsePolicy(
			FormatPolicy(p),
		); err != nil || again.Quorum != p.Quorum || len(again.Groups) != len(p.Groups) {
			t.Error(again, err)
		}
	}
	t.Run("bad_lines_are_refused_with_their_place", func(t *testing.T) {
		for _, text := range []string{
			"quorum a\nquorum a\n", "quorum x\n", "", "quorum a", "group a any b\nquorum a\n",
			"group none any a\nquorum none\n",
			"group g 4 a b c\nquorum g\n", "group g 0 a\nquorum g\n", "group g 01 a\nquorum g\n",
			"group g any a a\nquorum g\n",
			"group g any a\ngroup h any a\nquorum h\n", "group g any h\nquorum g\n",
			"witness d " + vkey(a, 1) + "\nquorum a\n",
			"witness d " + vkey(b, 0) + "\nquorum d\n", "log " + vkey(logKey(t), 0) + "\nquorum a\n",
			"nonsense\nquorum a\n",
			"witness d a.example+00000000+AAAA\nquorum d\n", "quorum a\x00\n", "quorum a\r\n",
		} {
			if _, err := ParsePolicy([]byte(witnesses + text)); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
	t.Run("a_key_speaks_for_the_log_of_its_name_alone", func(t *testing.T) {
		foreign := key(t, "other.example", "other")
		p, err := ParsePolicy([]byte("log " + vkey(foreign, 0) + "\nquorum none\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Judge(signed); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
	t.Run("a_wrong_countersignature_is_not_passed_over", func(t *testing.T) {
		p, _ := ParsePolicy([]byte(witnesses + "quorum none\n"))
		for _, i := range []int{bytes.Index(signed, []byte("a.example")) + 30, len(signed) - 40} {
			bad := bytes.Clone(signed)
			bad[i] ^= 1
			if v, err := p.Judge(bad); err == nil {
				t.Errorf("%+v", v)
			}
		}
	})
}

// proven is entry 3 of a log of nine, with the head.
func proven(t testing.TB) (ledger.Proven, ledger.Head) {
	t.Helper()
	log := grownLog(t, 9, "a")
	i, err := log.ProveEntry(3, 9)
	if err != nil {
		t.Fatal(err)
	}
	body := ledger.Entry{Seq: 3, Time: at, Actor: ledger.Actor{Name: "Ann"}, Action: "note.add", Summary: "a"}.Format()
	p := ledger.Proven{Entry: body, Hashes: i.Hashes, Head: ledger.Short(head(t, log, 9))}
	return p, ledger.Head{Origin: ledger.Origin(register), Size: 9, Root: i.Root}
}

func TestProven(t *testing.T) {
	p, h := proven(t)
	good, err := ledger.FormatProven(p)
	if err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) (ledger.Entry, error) {
		p, err := ledger.ParseProven(b)
		if err != nil {
			return ledger.Entry{}, err
		}
		opened, _, err := ledger.OpenHead(p.Head, logKey(t).Verifiers()[0])
		if err != nil {
			return ledger.Entry{}, err
		}
		return p.Verify(opened)
	}
	if e, err := read(good); err != nil || e.Seq != 3 {
		t.Fatal(e, err)
	}
	for i := range bytes.Index(good, []byte("\n\n")) + len(ledger.FormatHead(h)) {
		for _, b := range [][]byte{
			append(append(bytes.Clone(good[:i]), good[i]^1), good[i+1:]...),
			append(bytes.Clone(good[:i]), good[i+1:]...),
			append(append(bytes.Clone(good[:i]), good[i]), good[i:]...), good[:i],
		} {
			if e, err := read(b); err == nil && !bytes.Equal(b, good) {
				t.Errorf("byte %d: read as %+v", i, e)
			}
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(ledger.FormatRequest(request(f, grownLog(f, 9, "a"), 4, 9)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if q, err := ledger.ParseRequest(b); err == nil && !bytes.Equal(ledger.FormatRequest(q), b) {
			t.Errorf("%q was read as %q", b, ledger.FormatRequest(q))
		}
	})
}

func FuzzParseProven(f *testing.F) {
	p, _ := proven(f)
	good, err := ledger.FormatProven(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ledger.ParseProven(b); err == nil {
			if again, err := ledger.FormatProven(p); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%q was read as %q", b, again)
			}
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("witness a " + key(f, "a.example", "a").Verifiers()[1].String() + "\ngroup g any a\nquorum g\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePolicy(b)
		if err != nil {
			return
		}
		text := FormatPolicy(p)
		again, err := ParsePolicy(text)
		if err != nil || !bytes.Equal(FormatPolicy(again), text) {
			t.Errorf("%q is written as %q, which reads as %q (%v)", b, text, FormatPolicy(again), err)
		}
	})
}
