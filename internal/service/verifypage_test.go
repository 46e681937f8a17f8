package service

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/signing"
	"assay/internal/testkit"
	"assay/internal/verify"
	"assay/internal/verifypage"
)

// edit is one case of the corpus: a file that both know, changed a little.
type edit struct {
	Name   string `json:"name"`
	Base   string `json:"base"`             // the file to change
	At     int    `json:"at"`               // the byte to change …
	Flip   byte   `json:"flip"`             // … by these bits
	Cut    int    `json:"cut"`              // keep only so many bytes, if not 0
	Append []byte `json:"append"`           //
	Seal   string `json:"seal,omitempty"`   // the text of a seal instead of a file
	Trust  string `json:"trust,omitempty"`  // "" the council's, "none", "other"
	Months int    `json:"months,omitempty"` // later than now
	List   string `json:"list,omitempty"`   // a withdrawal list
}

// asked is a browser with the page, asked by the page's own functions.
type asked struct {
	b   *testkit.Browser
	now time.Time
}

func openVerifyPage(t *testing.T, now time.Time, files map[string][]byte) asked {
	t.Helper()
	path := filepath.Join(t.TempDir(), "verify.html")
	if err := os.WriteFile(path, verifypage.HTML(), 0o600); err != nil {
		t.Fatal(err)
	}
	a := asked{testkit.OpenPage(t, path), now}
	a.b.Eval(`(() => {
		globalThis.files = {};
		globalThis.give = (name, text) => { files[name] = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); };
		globalThis.ask = async (cases, now) => {
			const out = [];
			for (const c of cases) {
				const at = new Date(now);
				at.setUTCMonth(at.getUTCMonth() + (c.months ?? 0));
				try {
					const trust = c.trust === 'none' ? assayVerify.nobody() : await assayVerify.parseTrust(files[c.trust || 'root.pem']);
					const withdrawals = c.list ? await assayVerify.parseWithdrawals(files[c.list], trust, at) : null;
					const v = new assayVerify.Verifier({ trust, withdrawals, now: at });
					let r;
					if (c.seal) {
						r = await v.seal(c.seal);
					} else {
						let b = files[c.base].slice(0, c.cut || undefined);
						if (c.flip) b[c.at] ^= c.flip;
						r = await v.file(new Blob([b, Uint8Array.from(atob(c.append ?? ''), (x) => x.charCodeAt(0))]));
					}
					out.push([r.answer, r.reasons.join(' | ')]);
				} catch (e) {
					out.push(['refused', String(e)]);
				}
			}
			return out;
		};
	})()`, nil)
	for name, content := range files {
		a.give(name, content)
	}
	return a
}

func (a asked) give(name string, content []byte) {
	a.b.Eval(fmt.Sprintf("give(%q, %q)", name, base64.StdEncoding.EncodeToString(content)), nil)
}

func (a asked) ask(t *testing.T, cases []edit) [][2]string {
	t.Helper()
	var out [][2]string
	for batch := range slices.Chunk(cases, 50) {
		b, err := json.Marshal(batch)
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]string
		a.b.Eval(fmt.Sprintf("ask(%s, %q)", b, a.now.UTC().Format(time.RFC3339)), &got)
		out = append(out, got...)
	}
	return out
}

// TestVerifyPage holds the page's answers, in a browser, against the program's
// on whole, expired, unknown, withdrawn, altered and damaged documents.
func TestVerifyPage(t *testing.T) {
	testkit.NeedTool(t, "chromium")
	d, dir := demoOf(t)
	ctx := context.Background()
	now := time.Now()
	files := map[string][]byte{}
	read := func(name, path string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
		return b
	}
	number := d.Certificates[0].Number
	cert := read("cert", "certificates/"+number+".pdf")
	bag := read("pack", "evidence-pack.zip")
	read("root.pem", "root.pem")
	stranger, err := signing.NewRoot("Another Borough Council", signing.ECDSAP256, now.AddDate(0, -1, 0))
	if err != nil {
		t.Fatal(err)
	}
	files["other"] = signing.FormatCertificates(stranger.Certificate())
	s := openDemo(t, nil)
	c, err := s.Certificate(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	wf, err := s.Workflow(ctx, c.WorkflowRef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.IssueCertificate(ctx, IssueRequest{Workflow: c.WorkflowRef,
		Approver: c.Statement.Approver().PersonID, Passphrase: SamplePassphrase, ApproverPassphrase: SamplePassphrase,
		DefaultOwner: wf.Workflow.OwnerID, DefaultDue: s.today().AddMonths(2)}); err != nil {
		t.Fatal(err)
	}
	if files["superseded"], err = s.Withdrawals(ctx, SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeCertificate(ctx, number, "The runs it rests on were incomplete."); err != nil {
		t.Fatal(err)
	}
	if files["revoked"], err = s.Withdrawals(ctx, SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	at := binary.LittleEndian.Uint32(bag[len(bag)-6:])
	gap := bytes.Join([][]byte{bag[:at], []byte("hidden bytes"), bag[at:]}, nil)
	binary.LittleEndian.PutUint32(gap[len(gap)-6:], at+uint32(len("hidden bytes")))
	files["gap"] = gap
	files["text"] = []byte("This is neither a PDF nor a pack.")
	files["seal"] = []byte(c.Seal + "\n")

	var cases []edit
	for _, base := range []string{"cert", "pack", "seal"} {
		cases = append(
			cases,
			edit{Base: base},
			edit{Base: base, Trust: "none"},
			edit{Base: base, Trust: "other"},
			edit{Base: base, Months: 13},
			edit{Base: base, Months: 360},
			edit{Base: base, Months: -1},
			edit{
				Base: base,
				List: "superseded",
			},
			edit{Base: base, List: "revoked"},
			edit{Base: base, List: "revoked", Months: 14},
			edit{
				Base:   base,
				Append: []byte("\n% more\n"),
			},
			edit{Base: base, Append: []byte{0}},
			edit{Base: base, Append: bag[:1000]},
		)
		for _, n := range []int{
			1, 10, len(files[base]) / 3, len(files[base]) / 2, len(files[base]) - 100, len(files[base]) - 2,
			len(files[base]) - 1,
		} {
			cases = append(cases, edit{Base: base, Cut: n})
		}
	}
	cases = append(cases, edit{Base: "text"}, edit{Base: "root.pem"}, edit{Base: "gap"})
	random := rand.New(rand.NewPCG(11, 3))
	// The certificate: anywhere, and most of all where its structure is.
	for range testkit.Times(300, 3000) {
		cases = append(cases, edit{Base: "cert", At: random.IntN(len(cert)), Flip: 1 << random.IntN(8)})
	}
	for _, mark := range []string{
		"%PDF", "xref\n", "trailer", "startxref", "/Perms", "/AcroForm", "/ByteRange", "/Contents <3", "/AF",
		"/EF", "statement.json", "/SubFilter", "/M (", "/Prev", "%%EOF", "/Length", "endstream", "/V ",
	} {
		for at := bytes.Index(cert, []byte(mark)); at >= 0; {
			for k := range min(len(mark)+3, len(cert)-at) {
				cases = append(cases, edit{Base: "cert", At: at + k, Flip: 1 << random.IntN(8)})
			}
			next := bytes.Index(cert[at+1:], []byte(mark))
			if next < 0 || mark == "endstream" || mark == "/Length" {
				break
			}
			at += 1 + next
		}
	}
	// The pack: each file once, each of its heads, its directory.
	z, err := zip.NewReader(bytes.NewReader(bag), int64(len(bag)))
	if err != nil {
		t.Fatal(err)
	}
	before := int64(0)
	for _, f := range z.File {
		off, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		if f.CompressedSize64 > 0 {
			cases = append(
				cases,
				edit{
					Name: f.Name,
					Base: "pack",
					At:   int(off + random.Int64N(int64(f.CompressedSize64))),
					Flip: 1 << random.IntN(8),
				},
			)
		}
		if random.IntN(3) == 0 {
			cases = append(
				cases,
				edit{
					Name: "head of " + f.Name,
					Base: "pack",
					At:   int(before + random.Int64N(off-before)),
					Flip: 1 << random.IntN(8),
				},
			)
		}
		before = off + int64(f.CompressedSize64)
	}
	for at := len(bag) - 22; at < len(bag); at++ {
		cases = append(cases, edit{Name: "end", Base: "pack", At: at, Flip: 1 << random.IntN(8)})
	}
	for range testkit.Times(40, 400) {
		cases = append(
			cases,
			edit{
				Name: "directory",
				Base: "pack",
				At:   int(before + random.Int64N(int64(len(bag))-before)),
				Flip: 1 << random.IntN(8),
			},
		)
	}
	// The seal: each character.
	for i := range len(c.Seal) {
		b := []byte(c.Seal)
		for b[i] == c.Seal[i] {
			b[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[random.IntN(45)]
		}
		cases = append(cases, edit{Seal: string(b)})
	}
	cases = append(
		cases,
		edit{Seal: "AY1:"},
		edit{Seal: strings.ToLower(c.Seal)},
		edit{Seal: c.Seal + "00"},
		edit{Seal: c.Seal, Trust: "none"},
		edit{Seal: c.Seal},
	)

	// Of what has one byte changed, an eighth.
	turn := slices.Collect(testkit.Part(len(cases)))
	kept := cases[:0]
	for i, e := range cases {
		if e.Flip == 0 || slices.Contains(turn, i) {
			kept = append(kept, e)
		}
	}
	cases = kept

	got := openVerifyPage(t, now, files).ask(t, cases)
	tmp := t.TempDir()
	keep := func(name string, b []byte) string {
		path := filepath.Join(tmp, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tally := map[verify.Answer]int{}
	for i, e := range cases {
		trust, list := keep("trust", files["root.pem"]), ""
		switch e.Trust {
		case "none":
			trust = ""
		case "other":
			trust = keep("trust", files["other"])
		}
		if e.List != "" {
			list = keep("list", files[e.List])
		}
		want, reasons, added := verify.Answer("refused"), "", 0
		if v, err := verify.New(ctx, trust, list, now.UTC().Truncate(time.Second).AddDate(0, e.Months, 0)); err == nil {
			q := verify.Request{Seal: e.Seal}
			if e.Seal == "" {
				b := bytes.Clone(files[e.Base])
				if e.Cut > 0 {
					b = b[:e.Cut]
				}
				if e.Flip != 0 {
					b[e.At] ^= e.Flip
				}
				q.Path = keep("file", append(b, e.Append...))
			}
			r, err := v.Verify(ctx, q)
			if want, reasons, added = r.Answer, strings.Join(r.Reasons, " | "), len(r.Added); err != nil {
				want, reasons = verify.AnswerUnreadable, err.Error()
			}
		}
		tally[want]++
		if got[i][0] == "cannot_tell" && (want == verify.AnswerCannotJudge || added > 0) {
			continue // what archives add in other words than ours, the page leaves to Assay
		}
		if string(want) != got[i][0] {
			t.Errorf("%+v: the page says %s (%.300s), Assay %s (%.300s)", e, got[i][0], got[i][1], want, reasons)
		}
		if got[i][0] == string(verify.AnswerGenuine) && want != verify.AnswerGenuine {
			t.Fatal("the page says more than Assay")
		}
	}
	t.Logf("%d cases: %v", len(cases), tally)
	for _, a := range []verify.Answer{
		verify.AnswerGenuine, verify.AnswerUnknownSigner, verify.AnswerExpired, verify.AnswerSuperseded,
		verify.AnswerRevoked, verify.AnswerUnfit, verify.AnswerAltered, verify.AnswerUnreadable,
	} {
		if tally[a] == 0 {
			t.Errorf("the corpus has nothing that is %s", a)
		}
	}
}

// TestVerifyPage_by_hand goes through the page as a person does.
func TestVerifyPage_by_hand(t *testing.T) {
	testkit.NeedTool(t, "chromium")
	d, dir := demoOf(t)
	b := openVerifyPage(t, time.Now(), nil).b
	shown := func(want string) {
		t.Helper()
		var got struct{ Answer, Word, Focus, Error string }
		for range 400 {
			b.Eval(
				`({answer: document.getElementById('result').hidden ? '' : document.getElementById('result').dataset.answer, word: document.getElementById('word').innerText, focus: document.activeElement.id, error: document.getElementById('what-error').innerText + document.getElementById('trust-error').innerText})`,
				&got,
			)
			if got.Answer != "" || got.Error != "" {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if got.Answer != want {
			t.Errorf("the page shows %+v, want %s", got, want)
		}
		if want != "" && got.Focus != "verdict" {
			t.Errorf("after the verdict the focus is on %q", got.Focus)
		}
	}
	press := func() { b.Eval("document.getElementById('check').click()", nil) }
	press()
	shown("") // and a sentence about what to do
	b.Choose("#file", filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf"))
	press()
	shown("unknown_signer")
	b.Choose("#trust", filepath.Join(dir, "root.pem"))
	for range 200 {
		var there bool
		if b.Eval("!document.getElementById('trusted').hidden", &there); there {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	press()
	shown("genuine")
	b.Choose("#file", filepath.Join(dir, "evidence-pack.zip"))
	press()
	shown("genuine")
	b.Eval("document.getElementById('forget').click()", nil)
	press()
	shown("unknown_signer")
	b.Choose("#file", filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf"))
	press()
	shown("unknown_signer")
	b.Call(
		"Emulation.setDeviceMetricsOverride",
		map[string]any{"width": 320, "height": 600, "deviceScaleFactor": 1, "mobile": false},
		nil,
	)
	var width int
	if b.Eval("document.documentElement.scrollWidth", &width); width > 320 {
		t.Errorf("on a screen of 320 pixels the page is %d wide", width) // WCAG 2.2, 1.4.10
	}
	t.Run("axe", func(t *testing.T) {
		axe, err := os.ReadFile(filepath.Join("..", "..", "frontend", "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			t.Skip("axe-core is not installed: what it would say of the page is not shown")
		}
		b.Eval(string(axe)+"; 0", nil)
		for _, scheme := range []string{"light", "dark"} {
			b.Call(
				"Emulation.setEmulatedMedia",
				map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}},
				nil,
			)
			var violations []string
			b.Eval(
				"axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))",
				&violations,
			)
			for _, v := range violations {
				t.Errorf("%s: %s", scheme, v)
			}
		}
	})
	var reached int
	b.Eval("performance.getEntriesByType('resource').length", &reached)
	if reached != 0 {
		t.Errorf("the page asked for %d things", reached)
	}
}
