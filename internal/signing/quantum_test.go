package signing

import (
	"bytes"
	"context"
	"testing"
	"time"

	"assay/internal/fault"
)

// TestQuantum makes second signatures by ML-DSA-65 and reads them back. That other
// people's programs read them is held in build/conformance.
func TestQuantum(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	k, err := NewQuantumKey(Person{Name: "Ann Example", Organisation: "Example Council"}, now)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := QuantumPin(k.Cert)
	if err != nil || pin.Holder != "Ann Example" || len(pin.Fingerprint) != 64 {
		t.Fatal(pin, err)
	}
	content := []byte("the list of a pack\n")
	sig, err := SignQuantum(ctx, k, bytes.NewReader(content), now)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(content, sig []byte, tr Trust) (QuantumReport, error) {
		return VerifyQuantum(ctx, bytes.NewReader(content), sig, tr)
	}
	pinned := Trust{Now: now, Pins: []Pin{pin}}
	if rep, err := verify(
		content, sig, pinned,
	); err != nil || !rep.Pinned || !rep.Claimed.Equal(now) || rep.Holder != "Ann Example" {
		t.Fatal(rep, err)
	}
	if rep, err := verify(content, sig, Trust{Now: now}); err != nil || rep.Pinned {
		t.Error("a key that nobody pinned is trusted", rep, err)
	}
	if _, err := verify(append(content, 'x'), sig, pinned); fault.CodeOf(err) != fault.CodeTampered {
		t.Error(err)
	}
	for _, at := range []time.Time{now.AddDate(0, 0, -3), now.AddDate(11, 0, 0)} {
		late, err := SignQuantum(ctx, k, bytes.NewReader(content), at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify(content, late, Trust{Now: now.AddDate(20, 0, 0)}); fault.CodeOf(err) != fault.CodeTampered {
			t.Errorf("signed at %v: %v", at, err)
		}
	}
	if _, err := verify(content, sig, Trust{Now: now.AddDate(0, 0, -3)}); fault.CodeOf(err) != fault.CodeTampered {
		t.Error("a time in the future is believed", err)
	}
	t.Run("changed", func(t *testing.T) {
		for i := 0; i < len(sig); i++ {
			if i > 400 && i%29 != 0 { // the keys and signatures themselves: every so often
				continue
			}
			bad := bytes.Clone(sig)
			bad[i] ^= 1
			if rep, err := verify(content, bad, pinned); err == nil {
				t.Errorf("byte %d: %+v", i, rep)
			}
			if rep, err := verify(content, append(bytes.Clone(sig[:i]), sig[i+1:]...), pinned); err == nil {
				t.Errorf("byte %d left out: %+v", i, rep)
			}
		}
	})
	t.Run("sealed", func(t *testing.T) {
		cost := Cost{Passes: 1, Memory: 8, Threads: 1}
		sealed, err := SealQuantumKey(k.Key, "correct horse", cost)
		if err != nil {
			t.Fatal(err)
		}
		again, err := OpenQuantumKey(sealed, "correct horse")
		if err != nil || !bytes.Equal(again.Bytes(), k.Key.Bytes()) {
			t.Error(err)
		}
		if _, err := OpenQuantumKey(sealed, "wrong"); fault.CodeOf(err) != fault.CodeForbidden {
			t.Error(err)
		}
		other, err := NewKey(ECDSAP256)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err = SealKey(other, "correct horse", cost)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenQuantumKey(sealed, "correct horse"); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
	t.Run("pinned_in_the_trust_file", func(t *testing.T) {
		tr := trust()
		tr.Pins = []Pin{pin, {Fingerprint: "ab" + pin.Fingerprint[2:], Holder: "Bo"}}
		got, err := ParseTrust(FormatTrust(tr))
		if err != nil || len(got.Pins) != 2 || got.Pins[0] != pin || len(got.Roots) != len(tr.Roots) {
			t.Error(got.Pins, err)
		}
		if got, err := ParseTrust(append(
			[]byte("Assay ML-DSA-65 key nonsense X\nAssay ML-DSA-65 keys\n"), FormatCertificates(tr.Roots...)...,
		)); err != nil || len(got.Pins) != 0 {
			t.Error(got.Pins, err)
		}
	})
}

func FuzzVerifyQuantum(f *testing.F) {
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	k, err := NewQuantumKey(Person{Name: "Ann"}, now)
	if err != nil {
		f.Fatal(err)
	}
	sig, err := SignQuantum(context.Background(), k, bytes.NewReader(nil), now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sig)
	f.Fuzz(func(t *testing.T, b []byte) {
		if rep, err := VerifyQuantum(
			context.Background(), bytes.NewReader(nil), b, Trust{Now: now},
		); err == nil && !bytes.Equal(b, sig) {
			t.Errorf("%x holds: %+v", b, rep)
		}
	})
}
