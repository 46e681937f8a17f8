package demo_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/demo"
	"assay/internal/oversight"
	"assay/internal/service"
	"assay/internal/signing"
	"assay/internal/testkit"
	"assay/internal/vault"
	"assay/internal/verify"
)

// made is the sample council, made once for the tests that read it.
var made = sync.OnceValues(func() (demo.Result, error) {
	dir, err := os.MkdirTemp("", "assay-demo-*")
	if err != nil {
		return demo.Result{}, err
	}
	return demo.Make(context.Background(), dir, demo.Options{Plain: true})
})

func TestMain(m *testing.M) {
	// What passphrases cost is tested in vault and signing.
	vault.DefaultParams = func() vault.Params { return vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1} }
	signing.DefaultCost = signing.Cost{Passes: 1, Memory: 64, Threads: 1}
	code := m.Run()
	if d, err := made(); err == nil {
		os.RemoveAll(filepath.Dir(d.Register))
	}
	os.Exit(code)
}

func demoOf(t *testing.T) (demo.Result, string) {
	t.Helper()
	d, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return d, filepath.Dir(d.Register)
}

// openDemo opens a copy of the sample's register, which the test may change.
func openDemo(t *testing.T) *service.Service {
	t.Helper()
	d, _ := demoOf(t)
	path := filepath.Join(t.TempDir(), "copy.assay")
	if err := service.Restore(context.Background(), d.Register, path); err != nil {
		t.Fatal(err)
	}
	s, err := service.Open(context.Background(), path, service.Options{As: "PER-0001"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestDemo_planted holds the findings against what the generator planted: every
// planted run is found, and nothing is found that was not planted.
func TestDemo_planted(t *testing.T) {
	d, _ := demoOf(t)
	s := openDemo(t)
	ctx := context.Background()
	seen := map[string]bool{}
	for key, planted := range d.PlantedBy {
		want := map[string][]string{}
		for _, p := range planted {
			if len(p.RunIDs) > 0 {
				want[p.Code] = append(want[p.Code], p.RunIDs...)
			}
			seen[p.Code] = true
		}
		got := map[string][]string{}
		for after := ""; ; {
			page, err := s.FindingList(ctx, service.FindingQuery{Workflow: key, After: after, Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range page.Items {
				test := oversight.TestOf(f.Code)
				if !test.PerRun && f.Code != oversight.LogConflict {
					continue // about many runs: looked at below
				}
				for _, r := range f.Runs {
					got[string(f.Code)] = append(got[string(f.Code)], r.RunID)
				}
				if f.SourceRef == "" || f.Runs[0].At.Line == 0 {
					t.Errorf("%s: finding %s leads to no place in an imported file", key, f.ID)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		for _, test := range oversight.Tests {
			if !test.PerRun && test.Code != oversight.LogConflict {
				continue
			}
			code := string(test.Code)
			slices.Sort(want[code])
			slices.Sort(got[code])
			if w, g := slices.Compact(want[code]), slices.Compact(got[code]); !slices.Equal(w, g) {
				t.Errorf("%s %s: planted in %v, found in %v", key, code, w, g)
			}
		}
		v, err := s.Findings(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range planted {
			if oversight.TestOf(oversight.Code(p.Code)).PerRun {
				continue
			}
			if !slices.ContainsFunc(v.Findings, func(f service.FindingSummary) bool {
				return f.Code == p.Code && f.All > 0
			}) {
				t.Errorf("%s: %s was planted and not found", key, p.Code)
			}
		}
	}
	for _, code := range []string{
		"OVR-01", "OVR-02", "OVR-03", "OVR-04", "OVR-05", "OVR-06", "OVR-09", "OVR-11", "OVR-12", "LOG-01",
		"LOG-02",
	} {
		if !seen[code] {
			t.Errorf("the sample plants no %s", code)
		}
	}
}

func TestDemo_check(t *testing.T) {
	r, err := openDemo(t).Check(context.Background(), nil)
	if err != nil || !r.Sound {
		t.Fatalf("%+v %v", r, err)
	}
}

func TestDemo_apply_again_changes_nothing(t *testing.T) {
	_, dir := demoOf(t)
	s := openDemo(t)
	before, err := s.Activities(context.Background(), "", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Apply(context.Background(), filepath.Join(dir, "council.yaml"), false)
	if err != nil || r.Added+r.Changed != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	after, err := s.Activities(context.Background(), "", 0, 1)
	if err != nil || after[0].Seq != before[0].Seq {
		t.Fatalf("an entry was written: %+v", after[0])
	}
}

// TestDemo_others_agree asks other people's tools about the certificate and the
// pack that Assay calls genuine.
func TestDemo_others_agree(t *testing.T) {
	d, dir := demoOf(t)
	cert := filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf")
	t.Run("qpdf", func(t *testing.T) {
		testkit.NeedTool(t, "qpdf")
		testkit.Output(t, dir, "qpdf", "--check", cert)
	})
	t.Run("pdfsig", func(t *testing.T) {
		testkit.NeedTool(t, "pdfsig")
		testkit.NeedTool(t, "certutil")
		nss := t.TempDir()
		testkit.Output(t, nss, "certutil", "-N", "-d", "sql:"+nss, "--empty-password")
		testkit.Output(
			t,
			nss,
			"certutil",
			"-A",
			"-d",
			"sql:"+nss,
			"-n",
			"root",
			"-t",
			"CT,C,C",
			"-i",
			filepath.Join(dir, "root.pem"),
		)
		out := testkit.Output(t, dir, "pdfsig", "-nssdir", "sql:"+nss, cert)
		if strings.Count(out, "Signature is Valid.") != 2 || strings.Count(out, "Certificate is Trusted.") != 2 ||
			!strings.Contains(out, "ETSI.CAdES.detached") {
			t.Fatal(out)
		}
	})
	t.Run("zbarimg", func(t *testing.T) {
		testkit.NeedTool(t, "zbarimg")
		testkit.NeedTool(t, "pdftoppm")
		tmp := t.TempDir()
		testkit.Output(t, tmp, "pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", cert, "page")
		pages, _ := filepath.Glob(filepath.Join(tmp, "*.png"))
		out := strings.TrimSpace(testkit.Output(t, tmp, "zbarimg", "-q", "--raw", pages[0]))
		v, err := verify.New(context.Background(), filepath.Join(dir, "root.pem"), "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		r, err := v.Verify(context.Background(), verify.Request{Seal: out})
		if err != nil || r.Answer != verify.AnswerSealGenuine || r.Number != d.Certificates[0].Number {
			t.Fatalf("%+v %v", r, err)
		}
		if r, err = v.Verify(context.Background(), verify.Request{Path: pages[0]}); err != nil ||
			r.Answer != verify.AnswerSealGenuine {
			t.Fatalf("the picture of the page: %+v %v", r, err)
		}
	})
	t.Run("sha256sum and openssl", func(t *testing.T) {
		testkit.NeedTool(t, "sha256sum")
		testkit.NeedTool(t, "openssl")
		bag := testkit.Unzip(t, filepath.Join(dir, "evidence-pack.zip"))
		testkit.Output(t, bag, "sha256sum", "--strict", "-c", "manifest-sha256.txt")
		testkit.Output(t, bag, "sha256sum", "--strict", "-c", "tagmanifest-sha256.txt")
		testkit.Output(
			t,
			bag,
			"openssl",
			"cms",
			"-verify",
			"-cades",
			"-binary",
			"-inform",
			"DER",
			"-in",
			"tagmanifest-sha256.txt.p7s",
			"-content",
			"tagmanifest-sha256.txt",
			"-CAfile",
			filepath.Join(dir, "root.pem"),
			"-purpose",
			"any",
			"-out",
			filepath.Join(t.TempDir(), "out"),
		)
	})
}
