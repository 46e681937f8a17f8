package approval

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
)

var (
	mary = Who{ID: "0198c0de-0000-7000-8000-000000000002", Name: "Mary Hartley"}
	jo   = Who{ID: "0198c0de-0000-7000-8000-000000000001", Name: "Jo Adeyemi"}
	now  = time.Date(2026, 11, 28, 18, 40, 0, 0, time.UTC)
)

func example(t *testing.T) Approval {
	t.Helper()
	a, err := New("explanation of OVR-03 in WF-0003", DigestOf([]byte("abc")), mary, jo, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func exampleKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	d := sha256.Sum256([]byte("assay approval example"))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestExample reads the example of the package comment: the text is what Text
// writes, and the signature in it holds.
func TestExample(t *testing.T) {
	source, err := os.ReadFile("approval.go")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(source)) {
		if s, ok := strings.CutPrefix(line, "//\t"); ok && !strings.HasPrefix(s, "openssl") {
			text.WriteString(s)
		}
	}
	a, err := Parse([]byte(text.String()))
	if err != nil {
		k := exampleKey(t)
		b, _ := example(t).Sign(k)
		x, _ := Format(b)
		t.Fatalf("the example does not parse: %v; it could be\n%s", err, x)
	}
	if a.Text() != example(t).Text() {
		t.Errorf("the example is %q", a.Text())
	}
	if err := a.Verify(&exampleKey(t).PublicKey); err != nil {
		t.Error(err)
	}
	if b, err := example(t).Sign(exampleKey(t)); err != nil || !bytes.Equal(a.Signature, b.Signature) {
		t.Errorf("the example has another signature: %s, %v", base64.StdEncoding.EncodeToString(b.Signature), err)
	}
	if want := "approved by Mary Hartley with their own key on 28 November 2026"; a.Words() != want {
		t.Errorf("it reads %q", a.Words())
	}
}

func TestWords_recorded(t *testing.T) {
	want := "recorded by Jo Adeyemi as approved by Mary Hartley on 28 November 2026"
	if got := example(t).Words(); got != want {
		t.Errorf("it reads %q", got)
	}
}

func TestSign(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k := exampleKey(t)
	for range 8 { // half of all signatures have the larger s at first
		a, err := example(t).Sign(k)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(&k.PublicKey); err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(&other.PublicKey); fault.CodeOf(err) != fault.CodeTampered {
			t.Errorf("another key: %v", err)
		}
		var v ecdsaValue
		if _, err := asn1.Unmarshal(a.Signature, &v); err != nil {
			t.Fatal(err)
		}
		v.S = new(big.Int).Sub(k.Curve.Params().N, v.S)
		if a.Signature, err = asn1.Marshal(v); err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(&k.PublicKey); fault.CodeOf(err) != fault.CodeTampered {
			t.Errorf("n-s: %v", err)
		}
	}
	a, err := example(t).Sign(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(&rsaKey.PublicKey); err != nil {
		t.Error(err)
	}
}

// TestVerify_changed changes each field of a signed approval.
func TestVerify_changed(t *testing.T) {
	k := exampleKey(t)
	signed, err := example(t).Sign(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Approval){
		"what":          func(a *Approval) { a.What = "explanation of OVR-01 in WF-0003" },
		"digest":        func(a *Approval) { a.Digest = DigestOf([]byte("abd")) },
		"approver":      func(a *Approval) { a.Approver = jo },
		"approver name": func(a *Approval) { a.Approver.Name = "Mary Hartly" },
		"recorder":      func(a *Approval) { a.Recorder = mary },
		"time":          func(a *Approval) { a.At = a.At.Add(time.Second) },
		"key":           func(a *Approval) { a.Key = strings.Repeat("0", 64) },
		"signature":     func(a *Approval) { a.Signature = append(bytes.Clone(a.Signature[:8]), 0) },
		"no signature":  func(a *Approval) { a.Signature = nil },
		"nothing":       func(a *Approval) { a.Key, a.Signature = "", nil },
		"two lines":     func(a *Approval) { a.What += "\nsha256 " + a.Digest },
	} {
		a := signed
		change(&a)
		if err := a.Verify(&k.PublicKey); fault.CodeOf(err) != fault.CodeTampered {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCovers(t *testing.T) {
	a := example(t)
	if err := a.Covers([]byte("abc")); err != nil {
		t.Error(err)
	}
	if err := a.Covers([]byte("abd")); fault.CodeOf(err) != fault.CodeTampered {
		t.Errorf("other content: %v", err)
	}
}

func TestNew_refuses(t *testing.T) {
	digest := DigestOf(nil)
	for name, try := range map[string]func() (Approval, error){
		"nothing":        func() (Approval, error) { return New("", digest, mary, jo, now) },
		"two lines":      func() (Approval, error) { return New("a\nb", digest, mary, jo, now) },
		"no digest":      func() (Approval, error) { return New("a", "", mary, jo, now) },
		"capital digest": func() (Approval, error) { return New("a", strings.ToUpper(digest), mary, jo, now) },
		"nobody":         func() (Approval, error) { return New("a", digest, Who{}, jo, now) },
		"no recorder":    func() (Approval, error) { return New("a", digest, mary, Who{}, now) },
		"a hidden letter": func() (
			Approval, error,
		) {
			return New("a", digest, Who{mary.ID, "Mary\u202eyelt"}, jo, now)
		},
		"an id of two": func() (Approval, error) { return New("a", digest, Who{"a b", "Mary"}, jo, now) },
		"no time":      func() (Approval, error) { return New("a", digest, mary, jo, time.Time{}) },
	} {
		if _, err := try(); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParse_mangled changes, drops and doubles every byte: what is still read is
// never another text of the same approval.
func TestParse_mangled(t *testing.T) {
	k := exampleKey(t)
	for _, signed := range []bool{false, true} {
		a := example(t)
		if signed {
			var err error
			if a, err = a.Sign(k); err != nil {
				t.Fatal(err)
			}
		}
		text, err := Format(a)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := Parse(text); err != nil || b.Text() != a.Text() || !bytes.Equal(b.Signature, a.Signature) {
			t.Fatalf("%+v, %v", b, err)
		}
		for i := range text {
			for _, mangled := range [][]byte{
				append(append(bytes.Clone(text[:i]), text[i]^1), text[i+1:]...),
				append(bytes.Clone(text[:i]), text[i+1:]...),
				append(append(bytes.Clone(text[:i]), text[i]), text[i:]...),
			} {
				b, err := Parse(mangled)
				if err != nil || bytes.Equal(mangled, text) {
					continue
				}
				if again, err := Format(b); err != nil || !bytes.Equal(again, mangled) {
					t.Fatalf("%q is read and written as %q", mangled, again)
				}
				if signed && b.Verify(&k.PublicKey) == nil {
					t.Fatalf("%q verifies", mangled)
				}
			}
		}
	}
}

func TestJSON(t *testing.T) {
	a, err := example(t).Sign(exampleKey(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var b Approval
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(&exampleKey(t).PublicKey); err != nil {
		t.Error(err)
	}
}
