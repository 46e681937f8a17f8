package ledger

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"math"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

var at = time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)

// testKey is the ECDSA P-256 key with the scalar SHA-256("assay log example").
func testKey(t testing.TB) *ecdsa.PrivateKey {
	sum := sha256.Sum256([]byte("assay log example"))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// example is the log of the package comment.
func example(t testing.TB) (*Log, [][]byte) {
	digest, err := RowDigest([]string{"id", "title", "version", "share", "reviewed_on", "file"},
		[]any{"01", "Using “AI” in\nplanning", int64(2), 0.5, nil, []byte("abc")})
	if err != nil {
		t.Fatal(err)
	}
	var runs RunTree
	runs.Add([]byte("run 1"))
	runs.Add([]byte("run 2"))
	runs.Add([]byte("run 3"))
	source := sha256.Sum256([]byte("the exported file"))
	ann := Actor{"0198", "Ann Example", "assessor"}
	log := Open(Memory{}, 0)
	var bodies [][]byte
	for _, e := range []Entry{
		{
			Time: at, Actor: Actor{Name: "Assay"}, Device: "dpo@laptop-7", Action: "register.create",
			Summary: "Made the register of Example Council.",
		},
		{Time: at.Add(time.Minute), Actor: ann, Device: "dpo@laptop-7", Action: "policy.approve", Subject: "POL-0001",
			Summary: "Approved Using “AI” in planning, version 2.", Reason: "Agreed by Cabinet on 30 March.",
			Changes: []Change{{"policy_draft", "01", Delete, ""}, {"policy", "01", Put, digest}}},
		{Time: at.Add(2 * time.Minute), Actor: ann, Device: "dpo@laptop-7", Action: "runs.import", Subject: "IMP-0001",
			Summary: "Imported 3 runs of WF-0001.", Import: &Import{hex.EncodeToString(source[:]), 3, runs.Root()}},
	} {
		_, body, err := log.Append(e)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return log, bodies
}

const exampleRegister = "019d4321-0000-7000-8000-000000000001"

func TestSpecification(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	doc := file.Doc.Text()
	holds := func(what, text string) {
		t.Helper()
		want := "\t" + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n\t")
		if !strings.Contains(doc, want+"\n") {
			t.Errorf("the package comment does not hold the %s:\n%s", what, want)
		}
	}
	log, bodies := example(t)
	for i, b := range bodies {
		holds(fmt.Sprintf("entry %d", i+1), string(b))
	}
	row, _ := RowJSON([]string{"id", "title", "version", "share", "reviewed_on", "file"},
		[]any{"01", "Using “AI” in\nplanning", int64(2), 0.5, nil, []byte("abc")})
	holds("row", string(row))
	head, err := log.Head(exampleRegister, at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	key := exampleKey(t)
	holds("checkpoint", string(FormatHead(head)))
	for _, k := range key.Verifiers()[:2] {
		holds("key", k.String())
	}
	inc, err := log.ProveEntry(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	holds("inclusion proof", string(FormatInclusion(inc)))
	growth, err := log.ProveGrowth(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	holds("growth proof", string(FormatGrowth(growth)))
	old := head
	old.Origin = OldOrigin(exampleRegister)
	person, _ := Fingerprint(testKey(t).Public())
	for _, x := range []struct {
		head    Head
		trusted crypto.PublicKey
		by      string
	}{
		{old, testKey(t).Public(), person},
		{head, key.Verifiers()[0], key.Name},
		{head, key.Verifiers()[1], key.Name},
		{head, testKey(t).Public(), person},
	} {
		_, after, _ := strings.Cut(doc, "\t"+x.head.Origin)
		signed := strings.Join(strings.SplitAfterN(after, "\n\n", 3)[:2], "")
		signed = strings.ReplaceAll(x.head.Origin+strings.TrimSuffix(signed, "\n"), "\n\t", "\n")
		got, by, err := OpenHead([]byte(signed), x.trusted)
		if k, ok := x.trusted.(VerifierKey); x.head == head && (!ok || k.Type != Cosigned) {
			got.Time = head.Time // which no other signature carries
		}
		if err != nil || got != x.head || len(by) != 1 || by[0].Name != x.by {
			t.Errorf(
				"the package comment's signed head does not open: %v, %v\n%s", got, err,
				Short(must(SignHead(head, key, testKey(t)))),
			)
		}
	}
}

// exampleKey is the key of the example's log, whose secret is SHA-256("assay log key example").
func exampleKey(t testing.TB) *Key {
	t.Helper()
	secret := sha256.Sum256([]byte("assay log key example"))
	return must(NewKey(Origin(exampleRegister), secret[:]))
}

// numbered makes a log of n entries.
func numbered(t testing.TB, n int) (*Log, [][]byte) {
	log := Open(Memory{}, 0)
	var bodies [][]byte
	for i := range n {
		_, body, err := log.Append(
			Entry{Time: at, Actor: Actor{Name: "Ann"}, Action: "note.add", Summary: fmt.Sprint("Note ", i)},
		)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return log, bodies
}

func TestTree(t *testing.T) {
	t.Run("agrees_with_a_tree_of_stored_hashes_across_tiles", func(t *testing.T) {
		const n = 600
		log, bodies := numbered(t, n)
		var stored []Hash
		reader := tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
			var out []Hash
			for _, i := range indexes {
				out = append(out, stored[i])
			}
			return out, nil
		})
		var runs RunTree
		for i, b := range bodies {
			hs, err := tlog.StoredHashes(int64(i), b, reader)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, hs...)
			runs.Add(b)
			want, _ := tlog.TreeHash(int64(i+1), reader)
			got, err := log.Root(int64(i + 1))
			if err != nil || got != want || runs.Root() != want {
				t.Fatalf("size %d: root %v, run root %v, want %v (%v)", i+1, got, runs.Root(), want, err)
			}
		}
		again := Open(Memory{}, 0)
		for _, b := range bodies {
			if _, err := again.AppendBody(b); err != nil {
				t.Fatal(err)
			}
		}
		if r1, _ := log.Root(n); r1 != runs.Root() {
			t.Error("roots differ")
		}
		if r2, _ := again.Root(n); r2 != runs.Root() {
			t.Error("a rebuilt log has another root")
		}
	})
	t.Run("a_third_level_of_tiles", func(t *testing.T) {
		log, runs := Open(Memory{}, 0), RunTree{}
		for i := range 256*256 + 300 {
			h := tlog.RecordHash(fmt.Append(nil, i))
			if err := log.appendHash(h); err != nil {
				t.Fatal(err)
			}
			runs.AddHash(h)
		}
		if got, err := log.Root(log.Size()); err != nil || got != runs.Root() {
			t.Fatal(got, err)
		}
		for _, seq := range []int64{1, 256, 257, 65536, 65537, log.Size()} {
			p, err := log.ProveEntry(seq, log.Size())
			if err != nil || p.Verify(Head{Size: log.Size(), Root: runs.Root()}) != nil {
				t.Fatal(seq, err)
			}
		}
	})
	t.Run("empty", func(t *testing.T) {
		var runs RunTree
		root, err := Open(Memory{}, 0).Root(0)
		if err != nil || root != runs.Root() || root != sha256.Sum256(nil) {
			t.Error(root, runs.Root(), err)
		}
	})
	t.Run("a_damaged_tile_is_tampered_not_a_panic", func(t *testing.T) {
		log, _ := numbered(t, 10)
		log.tiles.(Memory)[[2]int64{0, 0}] = []byte("short")
		if _, err := log.Root(10); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
		if _, _, err := log.Append(
			Entry{Time: at, Actor: Actor{Name: "Ann"}, Action: "note.add", Summary: "x"},
		); fault.CodeOf(
			err,
		) != fault.CodeTampered {
			t.Error(err)
		}
		if log.Size() != 10 {
			t.Error("a failed append counted")
		}
	})
}

func TestProofs(t *testing.T) {
	log, bodies := numbered(t, 300)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 300).Draw(t, "size")
		seq := rapid.Int64Range(1, size).Draw(t, "seq")
		root, _ := log.Root(size)
		head := Head{Origin: Origin("r"), Size: size, Root: root, Time: at}
		p, err := log.ProveEntry(seq, size)
		if err != nil || p.Leaf != tlog.RecordHash(bodies[seq-1]) {
			t.Fatal(err)
		}
		q, err := ParseInclusion(FormatInclusion(p))
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Verify(head); err != nil {
			t.Fatal(err)
		}
		g, err := log.ProveGrowth(seq, size)
		if err != nil {
			t.Fatal(err)
		}
		if g, err = ParseGrowth(FormatGrowth(g)); err != nil {
			t.Fatal(err)
		}
		oldRoot, _ := log.Root(seq)
		then := Head{Origin: Origin("r"), Size: seq, Root: oldRoot, Time: at}
		if err := g.Verify(then, head); err != nil {
			t.Fatal(err)
		}
		if g.Verify(Head{Origin: Origin("other"), Size: seq, Root: oldRoot}, head) == nil {
			t.Fatal("a proof of another register's log holds")
		}
	})
	t.Run("any_mangled_byte_is_refused", func(t *testing.T) {
		head, _ := log.Head("r", at)
		old, _ := log.Root(77)
		p, _ := log.ProveEntry(5, 300)
		g, _ := log.ProveGrowth(77, 300)
		mangle(t, FormatInclusion(p), func(b []byte) bool {
			q, err := ParseInclusion(b)
			// Another entry number is another claim; its leaf must not pass for it.
			return err == nil && q.Verify(head) == nil
		})
		mangle(t, FormatGrowth(g), func(b []byte) bool {
			q, err := ParseGrowth(b)
			return err == nil && q.Verify(Head{Origin: Origin("r"), Size: 77, Root: old}, head) == nil
		})
	})
	t.Run("a_rewritten_log_has_no_proof_of_growth", func(t *testing.T) {
		other := Open(Memory{}, 0)
		for i, b := range bodies {
			if i == 40 {
				b = bytes.Replace(b, []byte("Note"), []byte("Nope"), 1)
			}
			if _, err := other.AppendBody(b); err != nil {
				t.Fatal(err)
			}
		}
		then, _ := log.Head("r", at)
		now, _ := other.Head("r", at)
		then.Size, then.Root = 100, must(log.Root(100))
		g, err := other.ProveGrowth(100, 300)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Verify(then, now); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
		g.OldRoot = then.Root
		if err := g.Verify(then, now); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
	t.Run("the_same_size_grows_only_to_itself", func(t *testing.T) {
		h, _ := log.Head("r", at)
		g, err := log.ProveGrowth(300, 300)
		if err != nil || g.Verify(h, h) != nil {
			t.Error(err)
		}
		other := h
		other.Root[0]++
		g.Root = other.Root
		if g.Verify(h, other) == nil {
			t.Error("two roots of one size hold")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// mangle changes each byte of good in three ways, and removes and repeats it.
func mangle(t *testing.T, good []byte, accepted func([]byte) bool) {
	t.Helper()
	if !accepted(good) {
		t.Fatal("the unaltered text is refused")
	}
	for i := range good {
		for _, b := range [][]byte{
			splice(good, i, 1, []byte{good[i] ^ 1}),
			splice(good, i, 1, []byte{good[i] ^ 0x20}),
			splice(good, i, 1, []byte{good[i] ^ 0x80}),
			splice(good, i, 1, nil),
			splice(good, i, 0, []byte{good[i]}),
			splice(good, i, 0, []byte{' '}),
			splice(good, i, 0, []byte{'\n'}),
			good[:i],
		} {
			if !bytes.Equal(b, good) && accepted(b) {
				t.Errorf("byte %d (%q) can be changed: %q", i, good[i], b)
				return
			}
		}
	}
}

func splice(b []byte, i, n int, with []byte) []byte {
	return append(append(append([]byte{}, b[:i]...), with...), b[i+n:]...)
}

func TestEntry(t *testing.T) {
	t.Run("reads_back_what_was_written", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			e := drawEntry(t).normal()
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			got, err := ParseEntry(e.Format())
			if err != nil {
				t.Fatalf("%v\n%s", err, e.Format())
			}
			if !bytes.Equal(got.Format(), e.Format()) || got.LeafHash() != e.LeafHash() ||
				bytes.Contains(e.Format(), []byte{'\n'}) {
				t.Fatalf("read back as %+v, was %+v", got, e)
			}
		})
	})
	t.Run("any_mangled_byte_is_refused_or_another_leaf", func(t *testing.T) {
		log, bodies := example(t)
		for i, body := range bodies {
			head, _ := log.Head("r", at)
			p, _ := log.ProveEntry(int64(i+1), 3)
			mangle(t, body, func(b []byte) bool {
				e, err := ParseEntry(b)
				if err == nil && !bytes.Equal(e.Format(), b) {
					t.Errorf("%q has a second spelling", b)
				}
				p.Leaf = tlog.RecordHash(b)
				return err == nil && p.Verify(head) == nil
			})
		}
	})
	good := Entry{Seq: 1, Time: at, Actor: Actor{Name: "Ann"}, Action: "note.add", Summary: "Added a note."}
	for name, spoil := range map[string]func(*Entry){
		"no_number":          func(e *Entry) { e.Seq = 0 },
		"no_time":            func(e *Entry) { e.Time = time.Time{} },
		"nobody":             func(e *Entry) { e.Actor.Name = "" },
		"no_summary":         func(e *Entry) { e.Summary = "" },
		"two_lines":          func(e *Entry) { e.Summary = "one\ntwo" },
		"not_utf8":           func(e *Entry) { e.Summary = "\xff" },
		"escape_sequence":    func(e *Entry) { e.Actor.Name = "Ann\x1b[2J" },
		"no_verb":            func(e *Entry) { e.Action = "note" },
		"too_long":           func(e *Entry) { e.Reason = strings.Repeat("x", maxLong+1) },
		"put_without_digest": func(e *Entry) { e.Changes = []Change{{"policy", "1", Put, ""}} },
		"delete_with_digest": func(e *Entry) { e.Changes = []Change{{"policy", "1", Delete, strings.Repeat("0", 64)}} },
		"digest_in_capitals": func(e *Entry) { e.Changes = []Change{{"policy", "1", Put, strings.Repeat("A", 64)}} },
		"row_twice": func(
			e *Entry,
		) {
			e.Changes = []Change{{"policy", "1", Delete, ""}, {"policy", "1", Delete, ""}}
		},
		"import_of_nothing": func(e *Entry) { e.Import = &Import{} },
		"nameless_digest":   func(e *Entry) { e.Digests = []Digest{{"", strings.Repeat("0", 64)}} },
	} {
		t.Run(name+"_is_refused", func(t *testing.T) {
			e := good
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			spoil(&e)
			if e.Check() == nil {
				t.Error("accepted")
			}
			if _, err := ParseEntry(e.Format()); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Error(err)
			}
		})
	}
}

func drawEntry(t *rapid.T) Entry {
	line := rapid.StringOfN(rapid.RuneFrom([]rune("aé“<&>\u2028\"\\ 😀ŵ7")), 1, 20, -1)
	digest := rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), hex.EncodeToString)
	e := Entry{
		Seq:  rapid.Int64Range(1, 1<<60).Draw(t, "seq"),
		Time: at.Add(time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "time"))),
		Actor: Actor{Name: line.Draw(t, "name"), ID: rapid.StringMatching(`[0-9a-f-]{0,36}`).Draw(t, "id"),
			Role: rapid.SampledFrom([]string{"", "assessor"}).Draw(t, "role")},
		Action: "policy.approve", Subject: rapid.SampledFrom([]string{"", "POL-0001"}).Draw(t, "subject"),
		Summary: line.Draw(t, "summary"), Reason: rapid.SampledFrom([]string{"", "line\n\tline"}).Draw(t, "reason"),
	}
	for k := range rapid.MapOf(rapid.StringMatching(`[a-z]{1,8}`), rapid.Bool()).Draw(t, "changes") {
		c := Change{rapid.SampledFrom([]string{"policy", "workflow"}).Draw(t, "table"), k, Delete, ""}
		if rapid.Bool().Draw(t, "put") {
			c.Op, c.Digest = Put, digest.Draw(t, "digest")
		}
		e.Changes = append(e.Changes, c)
	}
	if rapid.Bool().Draw(t, "import") {
		e.Import = &Import{digest.Draw(t, "source"), rapid.Int64Range(0, 1<<40).Draw(t, "runs"), tlog.RecordHash(nil)}
	}
	return e
}

func TestRowJSON(t *testing.T) {
	for name, c := range map[string]struct {
		column string
		value  any
		want   string
	}{
		"null_is_left_out":          {"a", nil, `{}`},
		"integer":                   {"a", int64(-9007199254740993), `{"a":-9007199254740993}`},
		"bool_is_an_integer":        {"a", true, `{"a":1}`},
		"real":                      {"a", 0.1, `{"a":0.1}`},
		"whole_real_is_no_integer":  {"a", 3.0, `{"a":3.0}`},
		"large_real":                {"a", 1e21, `{"a":1e+21}`},
		"text":                      {"a", "é\"\\\x00\x1f\n\t<&>\u2028", `{"a":"é\"\\\u0000\u001f\n\t<&>` + "\u2028" + `"}`},
		"blob":                      {"a", []byte("abc"), `{"a":{"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size":3}}`},
		"text_that_is_not_utf8":     {"a", "\xff", `{"a":{"sha256":"a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89","size":1}}`},
		"empty_text_is_not_null":    {"a", "", `{"a":""}`},
		"empty_blob_is_not_null":    {"a", []byte{}, `{"a":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}}`},
		"column_names_are_escaped_": {`a"b`, int64(1), `{"a\"b":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := RowJSON([]string{c.column}, []any{c.value})
			if err != nil || string(got) != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
	t.Run("order_of_columns_does_not_matter", func(t *testing.T) {
		a, _ := RowDigest([]string{"a", "b"}, []any{int64(1), "x"})
		b, _ := RowDigest([]string{"b", "a"}, []any{"x", int64(1)})
		if a != b {
			t.Error(a, b)
		}
	})
	for name, row := range map[string]struct {
		columns []string
		values  []any
	}{
		"a_time":         {[]string{"a"}, []any{at}},
		"not_a_number":   {[]string{"a"}, []any{math.NaN()}},
		"unknown_kind":   {[]string{"a"}, []any{struct{}{}}},
		"column_twice":   {[]string{"a", "a"}, []any{nil, nil}},
		"missing_values": {[]string{"a", "b"}, []any{nil}},
	} {
		t.Run(name+"_is_refused", func(t *testing.T) {
			if b, err := RowJSON(row.columns, row.values); err == nil {
				t.Errorf("accepted as %s", b)
			}
		})
	}
}

func TestHead(t *testing.T) {
	log, _ := numbered(t, 7)
	head, _ := log.Head("register-1", at)
	head.Time = time.Time{} // which a person's signature does not carry
	key := testKey(t)
	t.Run("signed_by_ecdsa_and_rsa", func(t *testing.T) {
		other, err := rsa.GenerateKey(rand.Reader, 3072)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := SignHead(head, nil, key, other)
		if err != nil {
			t.Fatal(err)
		}
		for _, pub := range []any{key.Public(), other.Public()} {
			got, by, err := OpenHead(signed, pub)
			if err != nil || got != head || len(by) != 1 {
				t.Error(got, by, err)
			}
		}
		_, by, err := OpenHead(signed, key.Public(), other.Public(), key.Public())
		if err != nil || len(by) != 2 {
			t.Error(by, err)
		}
	})
	t.Run("unknown_signer_is_told_apart", func(t *testing.T) {
		stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		signed, _ := SignHead(head, nil, stranger)
		got, _, err := OpenHead(signed, key.Public())
		if !errors.Is(err, ErrUnknownSigner) || fault.CodeOf(err) != fault.CodeTampered || got != head {
			t.Error(got, err)
		}
		unsigned, _ := SignHead(head, nil)
		if _, _, err := OpenHead(unsigned, key.Public()); !errors.Is(err, ErrUnknownSigner) {
			t.Error(err)
		}
	})
	t.Run("any_mangled_byte_is_refused", func(t *testing.T) {
		for range 8 { // signatures differ in length, and so in the padding of their base64
			signed, _ := SignHead(head, nil, key)
			mangle(t, signed, func(b []byte) bool {
				_, _, err := OpenHead(b, key.Public())
				return err == nil
			})
		}
		mangle(t, FormatHead(head), func(b []byte) bool {
			got, err := ParseHead(b)
			return err == nil && (got == head || !bytes.Equal(FormatHead(got), b))
		})
	})
	t.Run("signed_by_the_log_itself", func(t *testing.T) {
		secret := sha256.Sum256([]byte("a secret"))
		log := must(NewKey(head.Origin, secret[:]))
		stamped := head
		stamped.Time = at
		signed := must(SignHead(stamped, log, key))
		for _, k := range log.Verifiers() {
			got, by, err := OpenHead(signed, k)
			want := head
			if k.Type != Plain {
				want.Time = at
			}
			if err != nil || got != want || len(by) != 1 || by[0].Name != log.Name {
				t.Errorf("type %d: %v %v %v", k.Type, got, by, err)
			}
			if again, err := ParseVerifierKey(k.String()); err != nil || again != k {
				t.Error(again, err)
			}
		}
		var all []crypto.PublicKey
		for _, k := range log.Verifiers() {
			all = append(all, k)
		}
		if _, by, err := OpenHead(signed, append(all, key.Public())...); err != nil || len(by) != 4 {
			t.Error(by, err)
		}
		for _, k := range log.Verifiers() {
			text, lines, _ := splitNote(signed)
			single := append(bytes.Clone(text), '\n')
			for _, l := range lines {
				if l.id == k.ID() {
					single = l.appendTo(single)
				}
			}
			if k.Type == PostQuantum { // some thousand bytes: every fiftieth
				for i := 0; i < len(single); i += 50 {
					if _, _, err := OpenHead(splice(single, i, 1, []byte{single[i] ^ 1}), k); err == nil {
						t.Errorf("byte %d was changed unnoticed", i)
					}
				}
				continue
			}
			mangle(t, single, func(b []byte) bool {
				_, _, err := OpenHead(b, k)
				return err == nil
			})
		}
		if short := Short(signed); len(short) > 700 || !bytes.HasPrefix(signed, short[:len(FormatHead(head))]) {
			t.Errorf("%d bytes for a QR code", len(short))
		} else if _, by, err := OpenHead(short, all...); err != nil || len(by) != 2 {
			t.Error(by, err)
		}
		mangle(t, []byte(log.Verifiers()[0].String()), func(b []byte) bool {
			_, err := ParseVerifierKey(string(b))
			return err == nil
		})
		if _, err := SignHead(head, exampleKey(t)); fault.CodeOf(err) != fault.CodeInternal {
			t.Error("another log's key signs", err)
		}
	})
	t.Run("another_kind_of_key_is_refused_with_a_sentence", func(t *testing.T) {
		if _, _, err := OpenHead(must(SignHead(head, nil)), ed25519.PublicKey(make([]byte, 32))); fault.CodeOf(
			err,
		) != fault.CodeInvalid {
			t.Error(err)
		}
	})
}

func TestAudit(t *testing.T) {
	d := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	build := func(t *testing.T) (*Log, [][]byte, Head) {
		log := Open(Memory{}, 0)
		var bodies [][]byte
		for i := range 5 {
			_, body, err := log.Append(
				Entry{Time: at.Add(time.Duration(i) * time.Hour), Actor: Actor{Name: "Ann"}, Action: "policy.edit",
					Summary: "Edited.", Changes: []Change{
						{"policy", "p1", Put, d(fmt.Sprint("p1 ", i))},
						{"policy", fmt.Sprint("x", i), Put, d("x")},
					}},
			)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		_, body, err := log.Append(
			Entry{
				Time:    at,
				Actor:   Actor{Name: "Ann"},
				Action:  "policy.delete",
				Summary: "Deleted.",
				Changes: []Change{{"policy", "x0", Delete, ""}},
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		h, _ := log.Head("r", at)
		return log, append(bodies, body), h
	}
	type row struct{ key, content string }
	sound := []row{{"p1", "p1 4"}, {"x1", "x"}, {"x2", "x"}, {"x3", "x"}, {"x4", "x"}}
	for name, c := range map[string]struct {
		entries func([][]byte) [][]byte
		tree    func(Memory)
		rows    []row
		want    []ProblemKind
		names   string
	}{
		"a_sound_register_has_no_problems": {},
		"an_altered_row_is_named": {
			rows: append([]row{{"p1", "other"}}, sound[1:]...), want: []ProblemKind{RowAltered},
			names: "policy p1 is not what entry 5",
		},
		"a_removed_row_is_named": {
			rows: sound[:4], want: []ProblemKind{RowMissing}, names: "policy x4, recorded by entry 5",
		},
		"an_added_row_is_named": {
			rows: append([]row{{"z", "z"}}, sound...), want: []ProblemKind{RowUnrecorded},
			names: "policy z is in the register",
		},
		"a_row_that_came_back_is_named": {
			rows: append([]row{{"x0", "x"}}, sound...), want: []ProblemKind{RowUnrecorded}, names: "policy x0",
		},
		"an_altered_entry_is_named": {entries: func(
			b [][]byte,
		) [][]byte {
			b[2] = bytes.Replace(b[2], []byte("Ann"), []byte("Bob"), 1)
			return b
		}, want: []ProblemKind{EntryAltered, HeadBroken}, names: "Entry 3 "},
		"a_garbled_entry_is_named": {
			entries: func(b [][]byte) [][]byte { b[2] = []byte("{"); return b },
			want:    []ProblemKind{EntryUnreadable, EntryAltered, HeadBroken, RowUnrecorded},
			names:   "Entry 3 ",
		},
		"a_truncated_log_breaks_the_head": {
			entries: func(b [][]byte) [][]byte { return b[:5] },
			want:    []ProblemKind{EntryMissing, EntryAltered, HeadBroken, RowMissing},
			names:   "had 6 entries when certificate GC-2026-0001",
		},
		"a_tree_altered_with_the_entry_is_told": {
			entries: func(
				b [][]byte,
			) [][]byte {
				b[2] = bytes.Replace(b[2], []byte("Ann"), []byte("Bob"), 1)
				return b
			},
			tree: func(m Memory) { m[[2]int64{0, 0}] = nil },
			want: []ProblemKind{
				EntryAltered, EntryAltered, EntryAltered, EntryAltered, EntryAltered, EntryAltered, HeadBroken,
			},
			names: "Entry 3 ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			log, bodies, head := build(t)
			if c.entries != nil {
				bodies = c.entries(bodies)
			}
			if c.tree != nil {
				c.tree(log.tiles.(Memory))
			}
			if c.rows == nil {
				c.rows = sound
			}
			a := NewAudit()
			for i, b := range bodies {
				a.Entry(int64(i+1), b)
			}
			if err := a.Tree(log); err != nil {
				t.Fatal(err)
			}
			a.Head(head, "certificate GC-2026-0001")
			for _, r := range c.rows {
				a.Row("policy", r.key, d(r.content))
			}
			var kinds []ProblemKind
			var texts []string
			for _, p := range a.Problems() {
				kinds, texts = append(kinds, p.Kind), append(texts, p.Text)
			}
			if fmt.Sprint(kinds) != fmt.Sprint(c.want) || !strings.Contains(strings.Join(texts, "\n"), c.names) {
				t.Errorf("found %v, want %v\n%s", kinds, c.want, strings.Join(texts, "\n"))
			}
			if len(c.want) == 0 && (len(a.ClockBack()) != 1 || a.ClockBack()[0] != 6) {
				t.Error("the clock's step back is not told:", a.ClockBack())
			}
		})
	}
}

func TestBundle(t *testing.T) {
	log, bodies := numbered(t, 20)
	key := testKey(t)
	sign := func(size int64) []byte {
		return must(SignHead(Head{Origin: Origin("r"), Size: size, Root: must(log.Root(size))}, nil, key))
	}
	whole := must(log.Bundle(sign(20), bodies, [][]byte{sign(12), sign(3)}))
	part := must(log.Bundle(sign(20), [][]byte{bodies[3], bodies[11]}, nil))
	for name, c := range map[string]struct {
		bundle  Bundle
		entries int
		earlier int
	}{"whole": {whole, 20, 2}, "part": {part, 2, 0}} {
		t.Run(name+"_log_verifies", func(t *testing.T) {
			b, err := ReadBundle(c.bundle.Files())
			if err != nil {
				t.Fatal(err)
			}
			r, err := b.Verify(key.Public())
			if err != nil || len(r.Entries) != c.entries || len(r.Earlier) != c.earlier ||
				r.Whole != (name == "whole") ||
				len(r.SignedBy) != 1 {
				t.Error(r, err)
			}
			if _, err := b.Verify(); !errors.Is(err, ErrUnknownSigner) {
				t.Error("an unknown signer:", err)
			}
		})
		t.Run(name+"_log_with_any_byte_altered_does_not", func(t *testing.T) {
			for name, data := range c.bundle.Files() {
				for i := range data {
					files := c.bundle.Files()
					files[name] = splice(data, i, 1, []byte{data[i] ^ 1})
					b, err := ReadBundle(files)
					if err == nil {
						_, err = b.Verify(key.Public())
					}
					if err == nil {
						t.Fatalf("byte %d of %s can be altered", i, name)
					}
				}
			}
		})
	}
	t.Run("a_record_is_proven_to_be_what_the_log_recorded", func(t *testing.T) {
		log, bodies := example(t)
		old, fresh := must(
			RowJSON([]string{"id"}, []any{"02"}),
		), must(
			RowJSON([]string{"id", "title"}, []any{"02", "Fair use"}),
		)
		for _, row := range [][]byte{old, fresh} {
			sum := sha256.Sum256(row)
			_, body, err := log.Append(
				Entry{Time: at, Actor: Actor{Name: "Ann"}, Action: "policy.edit", Summary: "Edited.",
					Changes: []Change{{"policy", "02", Put, hex.EncodeToString(sum[:])}}},
			)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		first := must(
			RowJSON(
				[]string{"id", "title", "version", "share", "reviewed_on", "file"},
				[]any{"01", "Using “AI” in\nplanning", int64(2), 0.5, nil, []byte("abc")},
			),
		)
		b := must(log.Bundle(must(SignHead(must(log.Head("r", at)), nil, key)), bodies, nil))
		for name, c := range map[string]struct {
			rows []Row
			says string
		}{
			"as_recorded":               {[]Row{{"policy", "01", first}, {"policy", "02", fresh}}, ""},
			"an_older_state":            {[]Row{{"policy", "02", old}}, "policy 02"},
			"another_record":            {[]Row{{"policy", "01", fresh}}, "policy 01"},
			"a_record_never_there":      {[]Row{{"policy", "03", fresh}}, "policy 03"},
			"a_record_that_was_deleted": {[]Row{{"policy_draft", "01", first}}, "policy_draft 01"},
			"out_of_order": {
				[]Row{{"policy", "02", fresh}, {"policy", "01", first}}, "out of its place",
			},
			"the_same_twice": {
				[]Row{{"policy", "02", fresh}, {"policy", "02", fresh}}, "out of its place",
			},
			"with_a_space_in_its_spelling": {[]Row{{"policy", "02", append([]byte(" "), fresh...)}}, "policy 02"},
		} {
			b.Rows = c.rows
			again, err := ReadBundle(b.Files())
			if err == nil {
				_, err = again.Verify(key.Public())
			}
			if c.says == "" && err != nil ||
				c.says != "" &&
					(err == nil ||
						!strings.Contains(err.Error(), c.says) && fault.CodeOf(err) != fault.CodeUnreadable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.Rows = []Row{{"policy", "02", fresh}}
		mangle(t, b.Files()[rowsFile], func(line []byte) bool {
			files := b.Files()
			files[rowsFile] = line
			again, err := ReadBundle(files)
			if err == nil {
				_, err = again.Verify(key.Public())
			}
			return err == nil
		})
	})
	t.Run("a_file_too_many_or_too_few_is_refused", func(t *testing.T) {
		for name := range whole.Files() {
			files := whole.Files()
			delete(files, name)
			b, err := ReadBundle(files)
			if err == nil {
				_, err = b.Verify(key.Public())
			}
			// Without an earlier head and its proof less is claimed; one of the two is half a claim.
			if err == nil {
				t.Errorf("%s can be left out", name)
			}
		}
		files := whole.Files()
		files["extra.txt"] = []byte("x")
		if _, err := ReadBundle(files); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
	t.Run("an_entry_exchanged_with_its_proof_kept_is_refused", func(t *testing.T) {
		b := must(log.Bundle(sign(20), [][]byte{bodies[3]}, nil))
		b.Entries[0] = bytes.Replace(bodies[3], []byte("Note 3"), []byte("Note 4"), 1)
		if _, err := b.Verify(key.Public()); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	_, bodies := example(f)
	for _, b := range bodies {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := ParseEntry(b); err == nil && !bytes.Equal(e.Format(), b) {
			t.Errorf("%q was read as %q", b, e.Format())
		}
	})
}

func FuzzOpenHead(f *testing.F) {
	log, _ := example(f)
	head, _ := log.Head(exampleRegister, at)
	f.Add(must(SignHead(head, nil, testKey(f))))
	f.Add(FormatHead(head))
	pub := testKey(f).Public()
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := ParseHead(b); err == nil && !bytes.Equal(FormatHead(h), b) {
			t.Errorf("%q was read as %q", b, FormatHead(h))
		}
		if h, _, err := OpenHead(b, pub); err == nil && (h.Size != head.Size || h.Root != head.Root) {
			t.Errorf("%q opened as %v", b, h)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	log, _ := example(f)
	f.Add(FormatInclusion(must(log.ProveEntry(2, 3))))
	f.Add(FormatGrowth(must(log.ProveGrowth(2, 3))))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParseInclusion(b); err == nil {
			if !bytes.Equal(FormatInclusion(p), b) {
				t.Errorf("%q was read as %q", b, FormatInclusion(p))
			}
			_ = p.Verify(Head{Size: p.Size, Root: p.Root})
		}
		if g, err := ParseGrowth(b); err == nil {
			if !bytes.Equal(FormatGrowth(g), b) {
				t.Errorf("%q was read as %q", b, FormatGrowth(g))
			}
			_ = g.Verify(Head{Size: g.OldSize, Root: g.OldRoot}, Head{Size: g.Size, Root: g.Root})
		}
	})
}

func BenchmarkRunTree(b *testing.B) {
	record := []byte(strings.Repeat("x", 400))
	var t RunTree
	for b.Loop() {
		t.Add(record)
	}
}

func BenchmarkAppend(b *testing.B) {
	log := Open(Memory{}, 0)
	e := Entry{Time: at, Actor: Actor{Name: "Ann"}, Action: "note.add", Summary: "Added a note."}
	for b.Loop() {
		if _, _, err := log.Append(e); err != nil {
			b.Fatal(err)
		}
	}
}

// Fingerprint is the SHA-256, as hexadecimal, of a public key's
// SubjectPublicKeyInfo: the name under which it signs heads.
func Fingerprint(pub crypto.PublicKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("fingerprint of a key: %w", err)
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:]), nil
}

// Size is the number of leaves so far.
func (t *RunTree) Size() int64 { return t.size }
