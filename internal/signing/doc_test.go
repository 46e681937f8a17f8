package signing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// block is the indented block of the package comment that begins with the given
// text, as its lines.
func block(t *testing.T, begins string) []string {
	t.Helper()
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "//\t"+begins)
	if !ok {
		t.Fatalf("the package comment has no block %q", begins)
	}
	lines := strings.Split(begins+rest, "\n")
	for i := range lines {
		if i > 0 && !strings.HasPrefix(lines[i], "//\t") {
			return lines[:i]
		}
		lines[i] = strings.TrimPrefix(lines[i], "//\t")
	}
	return lines
}

// The examples of the package comment are true.
func TestPackageComment(t *testing.T) {
	want := firstClaims()
	want.Organisation = "Brynmawr Borough Council"
	text := strings.Join(block(t, "AY1:"), "")
	msg, err := hex.DecodeString(strings.Join(block(t, "d284"), ""))
	if err != nil {
		t.Fatal(err)
	}
	point, err := hex.DecodeString(strings.Join(block(t, "048f"), ""))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("seal", func(t *testing.T) {
		s, err := ParseSeal(text)
		if err != nil || !reflect.DeepEqual(s.Claims, want) || !s.signedBy(pub) {
			t.Errorf("%v: %+v", err, s)
		}
		if firstSealPrefix+base45(msg) != text {
			t.Error("the text is not that of the message")
		}
	})
	t.Run("seal_of_version_2", func(t *testing.T) {
		want := want
		want.Version = 2
		want.SetConditions([]SealedCondition{
			Condition("Train the officers of the gate", "2026-05-31"),
			Condition("Publish the transparency record", "2026-06-30"),
		})
		s, err := ParseSeal(strings.Join(block(t, "AY2:"), ""))
		if err != nil || !reflect.DeepEqual(s.Claims, want) || !s.signedBy(pub) {
			key, _ := OpenKey(
				[]byte(strings.Join(block(t, "-----BEGIN ASSAY SEALED KEY-----"), "\n")+"\n"), "correct horse",
			)
			text, sealErr := FormatSeal(Identity{
				key,
				[]*x509.Certificate{{PublicKey: pub, RawSubjectPublicKeyInfo: must(x509.MarshalPKIXPublicKey(pub))}},
			}, want)
			t.Errorf("%v: %+v; it could be\n%s %v", err, s, text, sealErr)
		}
	})
	t.Run("revoked_key", func(t *testing.T) {
		note := block(t, "8ea81ce9")[0]
		trust, err := ParseTrust([]byte(strings.Join(block(t, "-----BEGIN ASSAY REVOKED KEY-----"), "\n") + "\n"))
		key, stamp, _ := strings.Cut(note, " ")
		if at := trust.RevokedKeys[key].At; err != nil || at.Format(time.RFC3339) != stamp {
			t.Errorf("%v: %+v", err, trust.RevokedKeys)
		}
		if again := FormatTrust(
			trust,
		); !strings.Contains(string(again), block(t, "-----BEGIN ASSAY REVOKED KEY-----")[1]) {
			t.Errorf("it is written as %s", again)
		}
	})
	t.Run("withdrawal_list", func(t *testing.T) {
		want := strings.Join(block(t, "assay withdrawal list v1"), "\n") + "\n"
		l := WithdrawalList{Organisation: "Brynmawr Borough Council", Issued: now, Items: []Withdrawal{
			{
				Number: "GC-2026-0003", Date: "2026-02-11", Superseded: "GC-2026-0007",
				Reason: "A new version of the workflow was assessed",
			},
			{Number: "GC-2026-0005", Date: "2026-03-01", Reason: "The officer named at the gate had left"},
		}}
		if text, err := l.text(); err != nil || text != want {
			t.Errorf("%v: %q", err, text)
		}
	})
	t.Run("seal_checked_by_another_cose_library", func(t *testing.T) {
		var m cose.Sign1Message
		if err := m.UnmarshalCBOR(msg); err != nil {
			t.Fatal(err)
		}
		v, err := cose.NewVerifier(cose.AlgorithmES256, pub)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(nil, v); err != nil {
			t.Error(err)
		}
		var claims map[int]any
		if err := cbor.Unmarshal(m.Payload, &claims); err != nil || len(claims) != 9 || claims[1] != "GC-2026-0007" {
			t.Errorf("%v: %v", err, claims)
		}
	})
	t.Run("sealed_key", func(t *testing.T) {
		sealed := strings.Join(block(t, "-----BEGIN ASSAY SEALED KEY-----"), "\n") + "\n"
		key, err := OpenKey([]byte(sealed), "correct horse")
		if err != nil || !pub.Equal(key.Public()) {
			t.Error(err)
		}
	})
	t.Run("withdrawal_list", func(t *testing.T) {
		l := WithdrawalList{Organisation: "Brynmawr Borough Council", Issued: now, Items: []Withdrawal{
			{"GC-2026-0003", "2026-02-11", "GC-2026-0007", "A new version of the workflow was assessed"},
			{"GC-2026-0005", "2026-03-01", "", "The officer named at the gate had left"},
		}}
		data, err := FormatWithdrawals(context.Background(), people().assessor, l)
		text, sig, _ := strings.Cut(string(data), "\n\n")
		if err != nil || text != strings.Join(block(t, withdrawalHead), "\n") ||
			!strings.HasPrefix(sig, "-----BEGIN CMS-----") {
			t.Errorf("%v: %s", err, data)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
