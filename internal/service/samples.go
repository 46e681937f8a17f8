package service

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/pack"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// SampleRequest asks for a sample of runs for a person to read.
type SampleRequest struct {
	Workflow string               `json:"workflow"`
	Period   imported.Period      `json:"period"` // empty: all time
	Plan     oversight.SamplePlan `json:"plan"`
	Officer  string               `json:"officer"` // who will read it, empty where that is open
}

// Sampled is a sample that was drawn, with all that is needed to draw it again,
// and what was said of its runs.
type Sampled struct {
	ID         string              `json:"id,omitempty"`
	Ref        string              `json:"ref,omitempty"`
	WorkflowID string              `json:"workflow_id,omitempty"`
	Workflow   string              `json:"workflow"` // reference
	Name       string              `json:"name"`
	Period     imported.Period     `json:"period"`
	DrawnAt    time.Time           `json:"drawn_at"` // UTC
	DrawnBy    string              `json:"drawn_by"`
	DrawnByID  string              `json:"drawn_by_id,omitempty"` // person's identifier; empty in samples of an older Assay
	Imports    []SampledImport     `json:"imports"`               // that the runs stand in
	Workpaper  oversight.Workpaper `json:"workpaper"`
	FrameBlob  string              `json:"frame_blob,omitempty"` // digest of the frame as it is kept, compressed with gzip

	Officer   string             `json:"officer,omitempty"` // who reads it with the assessor
	Said      []oversight.Said   `json:"said,omitempty"`    // in the order of reading; kept apart
	SignedOff *oversight.SignOff `json:"signed_off,omitempty"`
}

var samples = store.NewNoun("sample", "sample of runs", func(x *Sampled) (*string, *string) { return &x.ID, &x.Ref })

// SampledImport is an imported file that sampled runs stand in.
type SampledImport struct {
	ID       string `json:"id"`
	Ref      string `json:"ref"`
	FileName string `json:"file_name"`
	SHA256   string `json:"sha256"`
}

// sampleSetting is the name under which Assay kept a workflow's latest sample
// before it kept them all.
const sampleSetting = "sample "

// SampleRuns draws runs of a workflow for a person to read and keeps the
// workpaper, which goes into the workflow's packs until another is drawn. The
// same plan over the same runs draws the same sample.
func (s *Service) SampleRuns(ctx context.Context, q SampleRequest) (out Sampled, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "runs.sample",
			subject: q.Workflow,
			summary: "Drew a sample of runs",
			may:     organisation.ActionAnswerSampling,
		},
		func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, q.Workflow)
			if err != nil {
				return err
			}
			out = Sampled{
				WorkflowID: wf.ID,
				Officer:    oneLine(q.Officer),
				Workflow:   wf.Ref,
				Name:       wf.Name,
				Period:     q.Period,
				DrawnAt:    s.clock().UTC().Truncate(time.Second),
				DrawnBy:    s.SignedIn().Name,
				DrawnByID:  s.personID(),
				Imports:    []SampledImport{},
			}
			var frame bytes.Buffer
			squeezed := gzip.NewWriter(&frame)
			if out.Workpaper, err = runs.Sample(ctx, t.SQL, wf, q.Period, q.Plan, squeezed); err != nil {
				return err
			}
			if out.Workpaper.Population == 0 {
				return fault.Conflict("%s has no runs in this period to draw from; import them first.", wf.Ref)
			}
			if err := squeezed.Close(); err != nil {
				return err
			}
			if out.FrameBlob, _, err = t.PutBlob(ctx, &frame); err != nil {
				return err
			}
			sources, err := runs.Sources(ctx, t.SQL, wf.ID)
			if err != nil {
				return err
			}
			for _, x := range sources {
				if out.holds(x.ID) {
					out.Imports = append(out.Imports, SampledImport{x.ID, x.Ref, x.FileName, x.SHA256})
				}
			}
			if err := samples.Name(ctx, t, id.Sample, &out); err != nil {
				return err
			}
			paper, err := out.paper()
			if err != nil {
				return err
			}
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"Drew %d of %s of %s to read (seed %q, %g %% confidence, %g %% tolerable)",
					out.Workpaper.Drawn,
					prose.Count(out.Workpaper.Population, "run"),
					refAndName(wf.Ref, wf.Name),
					q.Plan.Seed,
					q.Plan.Confidence*100,
					q.Plan.Tolerable*100,
				),
			)
			t.Entry().Digests = []ledger.Digest{{Name: "workpaper", SHA256: paper}}
			return samples.Put(ctx, t, &out)
		},
	)
	if err != nil {
		return Sampled{}, err
	}
	return out, nil
}

// paper is the digest of the workpaper that the log vouches for: what was said of
// the runs after it was drawn is not in it.
func (x Sampled) paper() (string, error) {
	x.Said, x.SignedOff = nil, nil
	body, err := json.Marshal(x)
	return certificate.DigestOf(body), err
}

func (x Sampled) holds(source string) bool {
	for _, st := range x.Workpaper.Strata {
		for _, r := range st.Runs {
			if r.Source == source {
				return true
			}
		}
	}
	return false
}

// Sampled is the latest sample of a workflow. Errors: not_found.
func (s *Service) Sampled(ctx context.Context, workflow string) (out Sampled, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, workflow)
		if err != nil {
			return err
		}
		ok := false
		if out, ok, err = latestSample(ctx, r, wf.ID); err == nil && !ok {
			return fault.NotFound("sample of runs of", wf.Ref)
		}
		return err
	})
	return out, err
}

func latestSample(ctx context.Context, r *store.Reader, workflowID string) (out Sampled, ok bool, err error) {
	all, err := samples.Of(ctx, r, workflowID)
	if err != nil {
		return out, false, err
	}
	if len(all) > 0 {
		out = slices.MaxFunc(all, func(a, b Sampled) int {
			return cmp.Or(a.DrawnAt.Compare(b.DrawnAt), strings.Compare(a.Ref, b.Ref))
		})
		out.Said, err = saidOf(ctx, r, out)
		return out, true, err
	}
	text, err := r.Setting(ctx, sampleSetting+workflowID)
	if errors.Is(err, sql.ErrNoRows) {
		return out, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &out)
	}
	return out, err == nil, err
}

// JSON is the workpaper whole.
func (x Sampled) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(x, "", "  ")
	return append(b, '\n'), fault.Doing("write a sample as JSON", err)
}

// CSV is the workpaper as a table with columns for whoever reads the runs.
func (x Sampled) CSV() ([]byte, error) {
	refs := map[string]SampledImport{}
	for _, i := range x.Imports {
		refs[i.ID] = i
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(
		[]string{
			"number",
			"gate",
			"outcome",
			"runs_in_stratum",
			"run",
			"import",
			"file",
			"line",
			"item",
			"read_by",
			"read_on",
			"deviation",
			"remark",
			"number_in_frame",
			"seconds_of_reading",
		},
	)
	n := 0
	for _, st := range x.Workpaper.Strata {
		for i, r := range st.Runs {
			n++
			row := []string{
				fmt.Sprint(n),
				st.Gate,
				st.Outcome,
				fmt.Sprint(st.Population),
				r.RunID,
				refs[r.Source].Ref,
				refs[r.Source].FileName,
				fmt.Sprint(r.At.Line),
				fmt.Sprint(r.At.Item),
				"",
				"",
				"",
				"",
				"",
				"",
			}
			if i < len(st.Numbers) {
				row[13] = fmt.Sprint(st.Numbers[i])
			}
			if i := slices.IndexFunc(x.Said, func(d oversight.Said) bool { return d.RunID == r.RunID }); i >= 0 {
				d := x.Said[i]
				row[9], row[10], row[11], row[12] = d.By, d.At.UTC().Format("2006-01-02"), "no", d.Note
				row[14] = fmt.Sprint(d.Seconds)
				if d.Verdict == oversight.VerdictDisagree {
					row[11] = "yes"
				}
			}
			for i := range row {
				row[i] = harmless(row[i])
			}
			_ = w.Write(row)
		}
	}
	w.Flush()
	return b.Bytes(), fault.Doing("write a sample as CSV", w.Error())
}

// harmless is a cell that no spreadsheet takes for a formula: imported text is
// not to be run.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

const frameEnd = pack.FrameEnd

// samples puts the latest workpaper of each workflow into the pack, with the
// frame from which anybody can draw it again.
func (p *packer) samples(ctx context.Context) error {
	for _, wf := range p.list {
		x, ok, err := latestSample(ctx, &p.t.Reader, wf.ID)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		data, err := x.JSON()
		if err != nil {
			return err
		}
		table, err := x.CSV()
		if err != nil {
			return err
		}
		name := path.Join(recordsFolder, "sample-"+wf.Ref)
		if err := errors.Join(p.addBytes(name+".json", data), p.addBytes(name+".csv", table)); err != nil {
			return err
		}
		if x.FrameBlob == "" {
			continue
		}
		kept, _, err := p.t.Blob(ctx, x.FrameBlob)
		if err != nil {
			return err
		}
		frame, err := gzip.NewReader(kept)
		if err != nil {
			return err
		}
		if _, err := p.add(name+frameEnd, frame); err != nil {
			return err
		}
	}
	return nil
}
