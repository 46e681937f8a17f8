package service

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/risk"
	"assay/internal/store"
)

// checkedInside are the changes for which it is not enough to be at the
// keyboard: who may make them is decided inside, because another person than the one signed in may be
// the one who approves, accepts or signs. The test below tries them with a reader.
var checkedInside = []string{
	"certificate.countersign",
	"key.passphrase",
	"key.issue", // a person makes their own; see also keymade_test.go
	"assessment.",
	"risk.accept",
	"policy.",
	"finding.", "actionRefused"}

// TestDuties walks over every change that the service can make, and over every
// duty: what a person may do stands in one table (organisation.Table), and the service holds to it, whatever the page
// shows.
func TestDuties(t *testing.T) {
	t.Run("every change names the action that it takes", func(t *testing.T) {
		files, err := filepath.Glob("*.go")
		if err != nil {
			t.Fatal(err)
		}
		changes := 0
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && name != "service.go" {
					if s, ok := c.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Change" {
						if inner, ok := s.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "st" {
							t.Errorf("%s: the store is changed past the table of duties", set.Position(n.Pos()))
						}
					}
				}
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				if kind, ok := lit.Type.(*ast.Ident); !ok || kind.Name != "doing" {
					return true
				}
				changes++
				fields := map[string]string{}
				for _, e := range lit.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						text, err := os.ReadFile(name)
						if err != nil {
							t.Fatal(err)
						}
						fields[fmt.Sprint(kv.Key)] = string(
							text[set.Position(kv.Value.Pos()).Offset:set.Position(kv.Value.End()).Offset],
						)
					}
				}
				where := set.Position(lit.Pos())
				inside := false
				for _, prefix := range checkedInside {
					inside = inside || strings.HasPrefix(strings.Trim(fields["action"], `"`), prefix)
				}
				switch {
				case fields["action"] == `"register.recovered"`: // by the words, before anybody is known
				case fields["may"] == "" && name != "register.go" && name != "service.go":
					t.Errorf("%s: nobody's duty is asked for", where)
				case fields["may"] == "organisation.ActionRead" && !inside:
					t.Errorf("%s: everybody may %s", where, fields["action"])
				}
				return true
			})
		}
		if changes < 40 {
			t.Errorf("only %d changes were found", changes)
		}
	})
	ctx := context.Background()
	client := openDemo(t, nil)
	as := func(t *testing.T, duties ...organisation.Duty) organisation.Person {
		t.Helper()
		if err := client.SignIn(ctx, "PER-0001"); err != nil {
			t.Fatal(err)
		}
		p, err := client.SavePerson(
			ctx,
			organisation.Person{Name: fmt.Sprint("Somebody with ", duties), Active: true, Duties: duties},
		)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.SignIn(ctx, p.Ref); err != nil {
			t.Fatal(err)
		}
		return p
	}
	size := func() int64 {
		var n int64
		if err := client.read(
			ctx, func(r *store.Reader) (err error) { n, err = r.LogSize(ctx); return err },
		); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, duty := range organisation.Duties {
		t.Run(string(duty)+" may do what the table says and no more", func(t *testing.T) {
			as(t, duty)
			for _, rule := range organisation.Table {
				err := client.change(
					ctx,
					doing{action: "test.try", summary: rule.Title, may: rule.Action},
					func(*store.Tx) error { return nil },
				)
				if may := organisation.May(duty, rule.Action); may != (err == nil) ||
					err != nil && fault.CodeOf(err) != fault.CodeForbidden {
					t.Errorf("%s: %v", rule.Title, err)
				}
			}
		})
	}
	t.Run("signing asks for the passphrase each time", func(t *testing.T) {
		if err := client.SignIn(ctx, "PER-0001"); err != nil {
			t.Fatal(err)
		}
		number := must(client.Certificates(ctx))[0].Number
		for _, passphrase := range []string{"", SamplePassphrase, "", "another passphrase"} {
			if _, err := client.LargePrint(
				ctx, number, passphrase, "",
			); (err == nil) != (passphrase == SamplePassphrase) {
				t.Errorf("with the passphrase %q: %v", passphrase, err)
			}
		}
	})
	t.Run("a reader changes nothing, by any way", func(t *testing.T) {
		reader := as(t, organisation.DutyReader)
		before := size()
		assessment := must(client.Assessments(ctx, ""))[0]
		keys := must(client.Keys(ctx))
		certificates := must(client.Certificates(ctx))
		for name, do := range map[string]func() error{
			"review": func() error {
				_, err := client.StepAssessment(ctx, assessment.Ref, "review", ApprovalRequest{})
				return err
			},
			"approve": func() error {
				_, err := client.StepAssessment(ctx, assessment.Ref, "approve", ApprovalRequest{Approver: reader.Ref})
				return err
			},
			"approve policy": func() error {
				_, err := client.StepPolicy(ctx, PolicyStep{Policy: "POL-0001", Step: "approve"})
				return err
			},
			"withdraw policy": func() error {
				_, err := client.StepPolicy(ctx, PolicyStep{Policy: "POL-0001", Step: "withdraw", Reason: "Because"})
				return err
			},
			"accept risk": func() error {
				_, err := client.AcceptRisk(
					ctx, assessment.Ref, assessment.Risks[0].Ref,
					risk.Acceptance{By: reader.ID, Reason: "Because", Expires: "2027-01-01"}, "",
				)
				return err
			},
			"accept finding": func() error {
				_, err := client.DecideFindings(ctx, Decision{
					FindingQuery: FindingQuery{Workflow: "WF-0003", Code: "OVR-03"},
					Decide:       "accepted",
					Why:          "Because",
					Expires:      "2027-01-01",
				})
				return err
			},
			"explain finding": func() error {
				_, err := client.DecideFindings(ctx, Decision{
					FindingQuery: FindingQuery{Workflow: "WF-0003", Code: "OVR-03"},
					Decide:       "explained",
					Why:          "Because",
				})
				return err
			},
			"countersign": func() error {
				return client.Countersign(ctx, certificates[0].Number, reader.Ref, "no passphrase")
			},
			"key passphrase": func() error {
				return client.ChangeKeyPassphrase(ctx, keys[0].ID, "no passphrase", "another passphrase")
			},
			"key of one's own": func() error {
				return client.IssueKey(ctx, reader.Ref, "a passphrase of one's own", SamplePassphrase)
			},
			"key of another": func() error {
				return client.IssueKey(ctx, "PER-0004", "a passphrase of one's own", SamplePassphrase)
			},
			"recovery": func() error { _, err := client.NewRecovery(ctx, "x"); return err },
			"merge":    func() error { _, err := client.MergeHandover(ctx, "nothing", "", nil); return err },
			"undo":     func() error { return client.Undo(ctx, before) },
			"certificate": func() error {
				_, err := client.IssueCertificate(ctx, IssueRequest{Workflow: "WF-0001"})
				return err
			},
			"pack": func() error {
				_, err := client.WritePack(ctx, PackRequest{Path: filepath.Join(t.TempDir(), "p.zip")})
				return err
			},
		} {
			if err := do(); err == nil {
				t.Errorf("%s: it was done", name)
			}
		}
		if after := size(); after != before {
			t.Errorf("%d entries were written", after-before)
		}
	})
}
