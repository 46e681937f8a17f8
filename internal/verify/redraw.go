package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/oversight"
	"assay/internal/pack"
)

// Redrawn is a sample in an evidence pack, drawn again from the pack alone.
type Redrawn struct {
	File       string `json:"file"` // the workpaper
	Ref        string `json:"ref"`
	Workflow   string `json:"workflow"` // reference
	Drawn      int64  `json:"drawn"`
	Population int64  `json:"population"`
	Same       bool   `json:"same"`
	Sentence   string `json:"sentence"`
}

// redraw draws each sample in a pack again from its frame. The workpaper must be
// the one that the log in the pack recorded when the sample was drawn; it names
// the imports of the frame by the number of their runs and the root over them,
// which the log states too, but for imports that came with a hand-over.
func redraw(ctx context.Context, bag *pack.Bag, rep ledger.Report) ([]Redrawn, error) {
	var out []Redrawn
	for _, name := range bag.Names() {
		if dir, file := path.Split(
			name,
		); dir != "data/"+pack.RecordsFolder+"/" || !strings.HasPrefix(file, "sample-") ||
			!strings.HasSuffix(file, ".json") {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one := Redrawn{File: strings.TrimPrefix(name, "data/")}
		unstated, err := redrawOne(bag, rep, name, &one)
		var fe *fault.Error
		switch {
		case err == nil:
			one.Same, one.Sentence = true, fmt.Sprintf(
				"Drawn again from the frame in the pack: the same %s of %d.",
				counted(one.Drawn, "run"),
				one.Population,
			)
			if unstated > 0 {
				one.Sentence += fmt.Sprintf(
					" The log in the pack does not state the root of %s.",
					counted(unstated, "import"),
				)
			}
		case errors.As(err, &fe) && (fe.Code == fault.CodeTampered || fe.Code == fault.CodeNotFound):
			one.Sentence = fe.Message
		default:
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func redrawOne(bag *pack.Bag, rep ledger.Report, name string, one *Redrawn) (unstated int64, err error) {
	r, err := bag.OpenFile(name)
	if err != nil {
		return 0, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxLogFile))
	if err := errors.Join(err, r.Close()); err != nil {
		return 0, err
	}
	var x sample
	if err := json.Unmarshal(data, &x); err != nil {
		return 0, fault.Tampered("It is no workpaper.").Because(err)
	}
	one.Ref, one.Workflow, one.Drawn, one.Population = x.Ref, x.Workflow, x.Workpaper.Drawn, x.Workpaper.Population
	f := x.Workpaper.Frame
	if f == nil {
		return 0, x.Workpaper.Redraw(nil)
	}
	frame, err := bag.OpenFile(strings.TrimSuffix(name, ".json") + pack.FrameEnd)
	if err != nil {
		return 0, fault.Tampered("The pack lacks the frame that it was drawn from.").Because(err)
	}
	defer frame.Close()
	sum := sha256.New()
	if err := x.Workpaper.Redraw(io.TeeReader(frame, sum)); err != nil {
		return 0, err
	}
	if _, err := io.Copy(sum, frame); err != nil {
		return 0, err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return 0, fault.Tampered("The frame in the pack is not the one that the workpaper names.")
	}
	return recordedSample(rep, x, data)
}

// recordedSample compares a workpaper with what the log recorded, and counts
// the imports of which it states no root.
func recordedSample(rep ledger.Report, x sample, data []byte) (unstated int64, err error) {
	digest, err := paperDigest(data)
	if err != nil {
		return 0, fault.Tampered("It is no workpaper.").Because(err)
	}
	imported, drawn := map[oversight.FrameImport]bool{}, false
	for _, e := range rep.Entries {
		if e.Import != nil {
			imported[oversight.FrameImport{Runs: e.Import.Runs, Root: hex.EncodeToString(e.Import.Root[:])}] = true
		}
		for _, d := range e.Digests {
			drawn = drawn || (d.Name == "workpaper" || d.Name == "workpaper "+x.Ref) && d.SHA256 == digest
		}
	}
	if !drawn {
		return 0, fault.Tampered("The log in the pack does not hold this workpaper.")
	}
	for _, i := range x.Workpaper.Frame.Imports {
		if !imported[oversight.FrameImport{Runs: i.Runs, Root: i.Root}] {
			unstated++
		}
	}
	return unstated, nil
}

// sample is what drawing a sample again needs of its file in the pack.
type sample struct {
	Ref       string              `json:"ref"`
	Workflow  string              `json:"workflow"` // reference
	Workpaper oversight.Workpaper `json:"workpaper"`
}

// saidLater are the fields of a sample that are filled in after it was drawn:
// what was said of its runs, and who signed it off. The digest that the log
// recorded when it was drawn does not cover them.
var saidLater = []string{"said", "signed_off"}

// paperDigest is the digest of a sample as it was drawn: of its JSON in one
// line, field by field as the file has them, without those that came later.
func paperDigest(data []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", errors.Join(errors.New("no object"), err)
	}
	var b bytes.Buffer
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return "", err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return "", err
		}
		key, _ := name.(string) // More tells that it is one
		if slices.Contains(saidLater, key) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", key)
		if err := json.Compact(&b, value); err != nil {
			return "", err
		}
	}
	return certificate.DigestOf([]byte("{" + b.String() + "}")), nil
}

// counted is "1 run", "2 runs".
func counted(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
