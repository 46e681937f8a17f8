package service

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/verify"
)

// TestWitness has an auditor's register countersign the sample council's log, and reads what
// that shows from a pack, without either register.
func TestWitness(t *testing.T) {
	ctx := context.Background()
	council := openDemo(t, nil)
	auditor, _, err := Create(
		ctx, filepath.Join(t.TempDir(), "auditor.assay"), NewRegister{Organisation: "Auditors", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { auditor.Close() })
	keys := must(auditor.MakeWitness(ctx, "auditor.example"))
	key := must(council.LogKey(ctx))
	trust := must(council.RootPEM(ctx))
	if _, vouched, err := auditor.WatchLog(ctx, []byte(key.Statement), trust, "the council"); err != nil || !vouched {
		t.Fatal(vouched, err)
	}
	if _, _, err := auditor.WatchLog(
		ctx, []byte(key.Statement), trust, "again",
	); fault.CodeOf(err) != fault.CodeConflict {
		t.Error(err)
	}
	if _, err := council.RelyOnWitness(ctx, []byte(keys)); err != nil {
		t.Fatal(err)
	}
	request, head, err := council.RequestWitness(ctx, "auditor.example", -1, false)
	if err != nil {
		t.Fatal(err)
	}
	answer, seen, err := auditor.CountersignHead(ctx, request)
	if err != nil || seen.Size != head.Size {
		t.Fatal(seen, err)
	}
	t.Run("what_it_saw_never_goes_back", func(t *testing.T) {
		older, _ := ledger.ParseRequest(request)
		rename(t, council, "Brackenmere")
		newer, _, err := council.RequestWitness(ctx, "auditor.example", head.Size, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := auditor.CountersignHead(ctx, newer); err != nil {
			t.Fatal(err)
		}
		if _, _, err := auditor.CountersignHead(
			ctx, ledger.FormatRequest(older),
		); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
		if logs := must(auditor.WatchedLogs(ctx)); len(logs) != 1 || logs[0].Size <= head.Size {
			t.Error(logs)
		}
	})
	if w, err := council.AcceptCosignature(
		ctx, answer,
	); err != nil || w.By != "auditor.example" || w.Size != head.Size {
		t.Fatal(w, err)
	}
	if r, err := council.Check(ctx, nil); err != nil || !r.Sound {
		t.Error(r.Problems, err)
	}
	policy := written(t, "policy.txt", must(council.WitnessPolicy(ctx, 0)))
	pack := filepath.Join(t.TempDir(), "pack.zip")
	if _, err := council.WritePack(ctx, PackRequest{Path: pack, Passphrase: SamplePassphrase}); err != nil {
		t.Fatal(err)
	}
	root := written(t, "root.pem", trust)
	prove := func(policy string) verify.LogProof {
		t.Helper()
		v := must(verify.New(ctx, root, "", time.Now()))
		return must(v.ProveLog(ctx, verify.LogRequest{Path: pack, Policy: policy}))
	}
	p := prove(policy)
	if !p.Proven || len(p.Outside) != 1 || !p.Outside[0].Proven || p.Outside[0].Size != head.Size {
		t.Errorf("%+v", p.Outside)
	}
	if len(p.Earlier) == 0 {
		t.Error("there is no certificate in the pack")
	}
	for _, x := range p.Earlier {
		if x.Existed != p.Outside[0].At || !strings.Contains(x.Sentence, "existed on") {
			t.Errorf("%+v", x)
		}
	}
	other := must(ledger.NewKey("other.example", make([]byte, ledger.SecretSize)))
	foreign := written(
		t, "foreign.txt", []byte("log "+key.Keys[0]+"\nwitness o "+other.Verifiers()[1].String()+"\nquorum o\n"),
	)
	if p := prove(foreign); p.Proven || len(p.Outside) != 0 || p.Earlier[0].Existed != "" {
		t.Errorf("another witness's word is taken: %+v", p.Outside)
	}
}
