package portfolio

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/testkit"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

const passphrase = "quiet harbour lantern moss"

func client(register, organisation, file string, taken time.Time) Client {
	return Client{
		Register:     register,
		Organisation: organisation,
		File:         file,
		Taken:        taken,
		Due:          []Due{{"review", "REV-0001", "2026-12-01"}},
		Workflows: []Workflow{
			{
				Ref: "WF-0001", Name: "Chat \u202eevil", Stage: "live", Blocking: []string{"An AI policy is in force"},
				NewestRun: "2026-11-02", Areas: []Area{}, Gates: []Gate{},
			},
			{
				Ref: "WF-0002", Stage: "retired", Blocking: []string{"An AI policy is in force"},
				NewestRun: "2026-11-05", Areas: []Area{}, Gates: []Gate{},
			},
		},
	}
}

// sealed is the portfolio at a thousandth of what its passphrase costs to try.
func sealed(t *testing.T, p *Portfolio) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := sealAt(&b, p, passphrase, 8); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpen(t *testing.T) {
	p := &Portfolio{Clients: []Client{client("a", "Aford", "aford.assay", testkit.Now)}}
	b := sealed(t, p)
	got, err := Open(bytes.NewReader(b), passphrase)
	if err != nil || !cmp.Equal(p, got) {
		t.Errorf("%v: %s", err, cmp.Diff(p, got))
	}
	for _, word := range []string{"Aford", "aford", "WF-0001", format} {
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("%q can be read without the passphrase", word)
		}
	}
	_, err = Open(bytes.NewReader(b), "another passphrase of four")
	testkit.WantFault(t, err, fault.CodeForbidden)
	_, err = Open(strings.NewReader("clients: none"), passphrase)
	testkit.WantFault(t, err, fault.CodeUnreadable)
	_, err = Open(bytes.NewReader(b[:len(b)-1]), passphrase)
	testkit.WantFault(t, err, fault.CodeUnreadable)
	altered := bytes.Clone(b)
	altered[len(altered)-20] ^= 1
	_, err = Open(bytes.NewReader(altered), passphrase)
	testkit.WantFault(t, err, fault.CodeUnreadable)
}

func TestSeal_cost(t *testing.T) {
	var b bytes.Buffer
	if err := Seal(&b, &Portfolio{}, passphrase); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b.Bytes()[:200], []byte(" 18\n")) {
		t.Errorf("not sealed at 2^18: %q", b.Bytes()[:200])
	}
	if p, err := Open(&b, passphrase); err != nil || len(p.Clients) != 0 {
		t.Error(p, err)
	}
}

// What age holds under the right passphrase may still be no portfolio.
func TestOpen_others(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		work    int
		says    string
	}{
		"other_json":      {`{"format":"assay-pack"}`, 10, "no portfolio"},
		"newer":           {`{"format":"assay-portfolio","version":2,"clients":[],"more":1}`, 10, "newer Assay"},
		"unknown_field":   {`{"format":"assay-portfolio","version":1,"clients":[],"more":1}`, 10, "follow its format"},
		"twice_the_same":  {`{"format":"assay-portfolio","version":1,"clients":[{"register":"a"},{"register":"a"}]}`, 10, "client 2"},
		"no_identifier":   {`{"format":"assay-portfolio","version":1,"clients":[{}]}`, 10, "client 1"},
		"too_much_scrypt": {`{"format":"assay-portfolio","version":1,"clients":[]}`, 21, "no portfolio"},
	} {
		t.Run(name, func(t *testing.T) {
			to, err := age.NewScryptRecipient(passphrase)
			if err != nil {
				t.Fatal(err)
			}
			to.SetWorkFactor(10)
			var b bytes.Buffer
			w, err := age.Encrypt(&b, to)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(c.content)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			asked := bytes.Replace(b.Bytes(), []byte(" 10\n"), fmt.Appendf(nil, " %d\n", c.work), 1)
			_, err = Open(bytes.NewReader(asked), passphrase)
			testkit.WantFault(t, err, fault.CodeUnreadable)
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}

func TestPut(t *testing.T) {
	var p Portfolio
	for _, c := range []Client{
		client("b", "Beeford", "one.assay", testkit.Now),
		client("a", "aford", "one.assay", testkit.Now),
	} {
		if before, err := p.Put(c); before != nil || err != nil {
			t.Fatal(before, err)
		}
	}
	if p.Clients[0].Organisation != "aford" {
		t.Error("not by name")
	}
	before, err := p.Put(client("b", "Beeford Town", "two.assay", testkit.Now.Add(time.Hour)))
	if err != nil || before == nil || before.File != "one.assay" || len(p.Clients) != 2 {
		t.Errorf("%v, %v; %d clients", before, err, len(p.Clients))
	}
	_, err = p.Put(client("b", "Beeford", "two.assay", testkit.Now))
	testkit.WantFault(t, err, fault.CodeConflict)
	if p.Clients[1].Organisation != "Beeford Town" {
		t.Error("a later summary was replaced by an earlier one")
	}
}

func TestFind(t *testing.T) {
	p := Portfolio{Clients: []Client{
		client("a", "Aford", "aford.assay", testkit.Now),
		client("b", "Aford Parish", "parish.assay", testkit.Now),
		client("c", "Beeford", "aford-old.assay", testkit.Now),
	}}
	for name, want := range map[string]string{"AFORD": "a", "aford p": "b", "parish": "b", "beef": "c", "c": "c"} {
		if c, err := p.Find(name); err != nil || c.Register != want {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	_, err := p.Find("afo")
	testkit.WantFault(t, err, fault.CodeConflict)
	for _, name := range []string{"", "ceeford"} {
		_, err = p.Find(name)
		testkit.WantFault(t, err, fault.CodeNotFound)
	}
	c := &p.Clients[1]
	if w, err := c.Workflow("wf-0002"); err != nil || w.Stage != "retired" {
		t.Error(w, err)
	}
	_, err = c.Workflow("WF-0009")
	testkit.WantFault(t, err, fault.CodeNotFound)
	if n := c.Blocked(); n != 1 {
		t.Errorf("%d blocked: a retired workflow needs no certificate", n)
	}
	if d := c.NewestRun(); d != civil.Date("2026-11-05") {
		t.Error(d)
	}
	p.Forget(c)
	if len(p.Clients) != 2 || p.Clients[1].Register != "c" {
		t.Error(p.Clients)
	}
}
