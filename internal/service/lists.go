package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"assay/internal/apply"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/prose"
	"assay/internal/runlog"
	"assay/internal/store"
)

// ListRequest asks for a list of other people's to be taken into the register.
type ListRequest struct {
	Path    string            `json:"path"`    // CSV, .xlsx or .ods
	Kind    string            `json:"kind"`    // one of ListKinds
	Sheet   string            `json:"sheet"`   // of a workbook; empty: the first visible one
	Columns map[string]string `json:"columns"` // heading to field, for those that are not known by their heading
	DryRun  bool              `json:"dry_run"`
}

// ListedResult is what came of a list.
type ListedResult struct {
	apply.Listed
	Applied Applied `json:"applied"`
}

// ListKinds are the kinds of lists that can be taken in, with what their columns can be.
func (s *Service) ListKinds() []apply.List { return apply.Lists() }

// readList reads a table with its columns.
func readList(ctx context.Context, q ListRequest) (columns []string, rows []apply.ListRow, err error) {
	f, err := runlog.OpenFile(q.Path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	o := runlog.Options{}
	if q.Sheet != "" {
		o.Mapping = &runlog.Mapping{Version: 1, Sheet: q.Sheet}
	}
	columns, err = runlog.ReadTable(ctx, f, o, func(row int64, cells []string) error {
		rows = append(rows, apply.ListRow{Row: row, Cells: cells})
		return nil
	})
	return columns, rows, err
}

// ImportList takes a list into the register: people, an inventory of AI systems, policies or
// a risk register. It becomes an apply file, and all of its rows are taken or none. What the
// register holds by the same name stays as it is. Errors: unreadable, invalid, with the row.
func (s *Service) ImportList(ctx context.Context, q ListRequest) (out ListedResult, err error) {
	list, err := apply.ListOf(q.Kind)
	if err != nil {
		return out, err
	}
	columns, rows, err := readList(ctx, q)
	if err != nil {
		return out, err
	}
	err = s.readView(ctx, func(view *View) error {
		out.Listed, err = apply.FromList(list, columns, rows, q.Columns, view.holder())
		return err
	})
	if err != nil {
		return out, err
	}
	dir, err := os.MkdirTemp("", "assay-list-*")
	if err != nil {
		return out, fault.Doing("take in the list", err)
	}
	defer os.RemoveAll(dir)
	name := strings.TrimSuffix(filepath.Base(q.Path), filepath.Ext(q.Path)) + ".yaml"
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, out.File, 0o600); err != nil {
		return out, fault.Doing("take in the list", err)
	}
	out.Applied, err = s.Apply(ctx, file, q.DryRun)
	return out, atRows(err, out.Listed)
}

// holder finds references by what people write: a reference, a key, a name, an address.
func (view *View) holder() apply.Holder {
	same := func(name string, words ...string) bool {
		for _, w := range words {
			if w != "" && strings.EqualFold(strings.TrimSpace(w), strings.TrimSpace(name)) {
				return true
			}
		}
		return false
	}
	return func(k apply.Kind, name string) string {
		switch k {
		case apply.KindPerson:
			for _, p := range view.people {
				if same(name, p.Ref, p.Key, p.Email) || organisation.SameName(p.Name, name) {
					return p.Ref
				}
			}
		case apply.KindWorkflow:
			for _, w := range view.workflows {
				if same(name, w.Ref, w.Key, w.Name, w.PlatformID) {
					return w.Ref
				}
			}
		case apply.KindPolicy:
			for _, p := range view.policies {
				if same(name, p.Ref, p.Key, p.Title) {
					return p.Ref
				}
			}
		}
		return ""
	}
}

var lineWords = regexp.MustCompile(`line (\d+)`)

// atRows says of a fault in a file that was made of a list in which rows of the list it is.
func atRows(err error, l apply.Listed) error {
	var f *fault.Error
	if err == nil || !errors.As(err, &f) {
		return err
	}
	rows := func(text string) string {
		return lineWords.ReplaceAllStringFunc(text, func(at string) string {
			n, _ := strconv.Atoi(lineWords.FindStringSubmatch(at)[1])
			if row := l.Row(n); row > 0 {
				return fmt.Sprintf("row %d", row)
			}
			return at
		})
	}
	out := *f
	out.Where, out.Message = rows(f.Where), rows(f.Message)
	out.Fields = nil
	for _, x := range f.Fields {
		out.Fields = append(out.Fields, fault.Field{Name: rows(x.Name), Message: rows(x.Message)})
	}
	return &out
}

// AttestationList is what came of a list of attestations.
type AttestationList struct {
	Added  int      `json:"added"`
	Held   int      `json:"held"` // that the register has already
	Notes  []string `json:"notes"`
	DryRun bool     `json:"dry_run"`
}

// attestationHeads are the headings of a list of attestations, by what they hold.
var attestationHeads = map[string][]string{
	"name": {"name", "full name", "person", "who", "staff member"},
	"role": {"role", "job title", "post", "position"},
	"date": {"date", "on", "read on", "completion time", "attested on", "timestamp"},
}

// ImportAttestations takes a list of who has read a policy, as a form or a learning system
// gives it: name, and where it has them role and date. Each is of the version that is named,
// or of the one in force. All rows are taken or none. Errors: unreadable, invalid, with the row.
func (s *Service) ImportAttestations(ctx context.Context, policyName, version string, q ListRequest,
) (out AttestationList, err error) {
	columns, rows, err := readList(ctx, q)
	if err != nil {
		return out, err
	}
	at, err := attestationColumns(columns, q.Columns)
	if err != nil {
		return out, err
	}
	out = AttestationList{Notes: []string{}, DryRun: q.DryRun}
	errDry := errors.New("dry run")
	err = s.change(ctx, doing{action: "policy.attest", subject: policyName, may: organisation.ActionEdit,
		summary: "Took attestations from a list"}, func(t *store.Tx) error {
		p, err := store.Policies.Get(ctx, &t.Reader, policyName)
		if err != nil {
			return err
		}
		if version == "" {
			v, ok := p.InForce(s.today())
			if !ok {
				return fault.Conflict("No version of %s is in force; name the version that was read.", p.Ref)
			}
			version = v.Number
		}
		next := *p
		for _, r := range rows {
			a, err := attestationOf(r, at, version, string(s.today()))
			if err != nil {
				return err
			}
			if hasAttested(next, a) {
				out.Held++
				continue
			}
			if next, err = next.Attest(a); err != nil {
				return err
			}
			out.Added++
		}
		if q.DryRun {
			return errDry
		}
		t.Entry().Subject = p.Ref
		t.Entry().Summary = oneLine(fmt.Sprintf("Took %s of version %s of %s from a list",
			prose.Count(out.Added, "attestation"), version, p.Title))
		return store.Policies.Put(ctx, t, &next)
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	if out.Added > 0 {
		out.Notes = append(out.Notes, "These are what the list says: nobody signed them.")
	}
	return out, err
}

func attestationColumns(columns []string, given map[string]string) (map[string]int, error) {
	at := map[string]int{"name": -1, "role": -1, "date": -1}
	for i, c := range columns {
		if field := given[c]; field != "" {
			if _, ok := at[field]; !ok {
				return nil, fault.Invalid(
					"columns",
					fmt.Sprintf("There is no field %q; there are name, role and date.", field),
				)
			}
			at[field] = i
		}
	}
	for field, heads := range attestationHeads {
		for _, h := range heads {
			for i, c := range columns {
				if at[field] < 0 && strings.EqualFold(strings.TrimSpace(c), h) {
					at[field] = i
				}
			}
		}
	}
	if at["name"] < 0 {
		return nil, fault.Invalid("columns", "No column is the name; its heading is one of: "+
			strings.Join(attestationHeads["name"], ", ")+". Say which column it is.")
	}
	return at, nil
}

func attestationOf(r apply.ListRow, at map[string]int, version, today string) (a policy.Attestation, err error) {
	cell := func(field string) string {
		if i := at[field]; i >= 0 {
			return strings.TrimSpace(r.Cells[i])
		}
		return ""
	}
	a = policy.Attestation{PersonName: cell("name"), Role: cell("role"), Version: version}
	if a.PersonName == "" {
		return a, fault.Invalid("name", fmt.Sprintf("Row %d has no name.", r.Row))
	}
	day, ok := apply.ListDate(cell("date"))
	switch {
	case cell("date") == "":
		return a, fault.Invalid("date", fmt.Sprintf("Row %d does not say when %s read it.", r.Row, a.PersonName))
	case !ok:
		return a, fault.Invalid(
			"date",
			fmt.Sprintf("Row %d: “%s” is no date; write it as 2026-11-28 or 28/11/2026.", r.Row,
				cell("date")),
		)
	case string(day) > today:
		return a, fault.Invalid("date", fmt.Sprintf("Row %d: %s has not come yet.", r.Row, day.Long()))
	}
	a.Date = day
	return a, nil
}

func hasAttested(p policy.Policy, a policy.Attestation) bool {
	for _, x := range p.Attestations {
		if x.Version == a.Version && organisation.SameName(x.PersonName, a.PersonName) {
			return true
		}
	}
	return false
}
