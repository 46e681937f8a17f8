package bind

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/service"
)

// Handover gives a register, or part of it, to somebody else to work on, and
// takes back what they changed.
type Handover struct{ d *Desk }

// HandoverKey is a person's own key for receiving hand-overs. The file stays
// where it is; the page sees the public half only.
type HandoverKey struct {
	Path   string `json:"path"`   // its token
	Public string `json:"public"` // "age1…"; empty where the dialog was closed
}

var (
	keyFiles      = []Filter{{Name: "Hand-over keys", Patterns: []string{"*.txt", "*.key"}}}
	handoverFiles = []Filter{
		{Name: "Hand-overs", Patterns: []string{"*.handover"}},
		{Name: "All files", Patterns: []string{"*"}},
	}
)

// MakeKey makes a key and asks where to keep it.
func (h *Handover) MakeKey() (HandoverKey, error) {
	return guard(h.d, "Handover.MakeKey", func() (HandoverKey, error) {
		path, err := h.d.o.Dialogs.Save("Keep your hand-over key", "hand-over-key.txt", keyFiles)
		if err != nil || path == "" {
			return HandoverKey{}, err
		}
		if _, err := os.Lstat(path); err == nil {
			return HandoverKey{}, fault.Conflict(
				"There already is a file %s. A key is never replaced: what was encrypted to it could not be read "+
					"any more.",
				filepath.Base(path),
			)
		}
		file, public, err := handover.NewKey(time.Now())
		if err != nil {
			return HandoverKey{}, err
		}
		return HandoverKey{h.d.files.grant(path), public}, service.WriteNewFile(path, []byte(file))
	})
}

// ChooseKey asks for the person's key file.
func (h *Handover) ChooseKey() (HandoverKey, error) {
	return guard(h.d, "Handover.ChooseKey", func() (HandoverKey, error) {
		path, err := h.d.o.Dialogs.Open("Choose your hand-over key", keyFiles)
		if err != nil || path == "" {
			return HandoverKey{}, err
		}
		text, err := identity(path)
		if err != nil {
			return HandoverKey{}, err
		}
		public, err := handover.PublicKey(text)
		return HandoverKey{h.d.files.grant(path), public}, err
	})
}

const longestKey = 64 << 10

func identity(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > longestKey {
		return "", fault.Invalid("key", "Choose your key file, such as hand-over-key.txt.").Because(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fault.Unreadable(filepath.Base(path), "The key file cannot be read.").Because(err)
	}
	return string(b), nil
}

// Send asks where the hand-over is to be written and writes it. Its path is
// empty where the dialog was closed.
func (h *Handover) Send(job, to string, workflows []string, runs bool) (service.HandedOver, error) {
	return runJob(
		h.d,
		"Handover.Send",
		job,
		func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.HandedOver, error) {
			if _, err := handover.Recipients(to); err != nil { // before a dialog is shown
				return service.HandedOver{}, err
			}
			path, err := h.d.o.Dialogs.Save(
				"Write the hand-over",
				strings.TrimSuffix(s.FileName(), ".assay")+".handover",
				handoverFiles,
			)
			if err != nil || path == "" {
				return service.HandedOver{}, err
			}
			return s.SendHandover(
				ctx,
				service.HandoverRequest{
					To:        to,
					Path:      path,
					Workflows: workflows,
					Runs:      runs,
					Progress:  func(n int64) { step(n, 0, "") },
				},
			)
		},
	)
}

// Choose asks for a hand-over that came back; empty where the dialog was closed.
func (h *Handover) Choose() (string, error) {
	return guard(
		h.d,
		"Handover.Choose",
		func() (string, error) { return h.d.chooseOpen("Choose a hand-over", handoverFiles) },
	)
}

// Compare sets what a hand-back changed beside what is here.
func (h *Handover) Compare(job, file, key string) (service.MergePlan, error) {
	return runJob(
		h.d,
		"Handover.Compare",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.MergePlan, error) {
			if err := h.d.files.resolve(&file, &key); err != nil {
				return service.MergePlan{}, err
			}
			text, err := identity(key)
			if err != nil {
				return service.MergePlan{}, err
			}
			return s.CompareHandover(ctx, file, text)
		},
	)
}

// Merge takes a hand-back's changes in, as was decided.
func (h *Handover) Merge(job, file, key string, decide []handover.Decision) (service.Merged, error) {
	return runJob(
		h.d,
		"Handover.Merge",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.Merged, error) {
			if err := h.d.files.resolve(&file, &key); err != nil {
				return service.Merged{}, err
			}
			text, err := identity(key)
			if err != nil {
				return service.Merged{}, err
			}
			return s.MergeHandover(ctx, file, text, decide)
		},
	)
}

// Received says what to make of a hand-over, a register of one's own to work on. File, Key
// and Path are tokens.
type Received struct {
	File       string `json:"file"`
	Key        string `json:"key"`
	Person     string `json:"person"`
	Path       string `json:"path"`
	Passphrase string `json:"passphrase"`
}

// Receive makes a register from a hand-over and opens it.
func (h *Handover) Receive(r Received) (Created, error) {
	return guard(h.d, "Handover.Receive", func() (Created, error) {
		for field, v := range map[string]string{
			"file": r.File, "key": r.Key, "person": strings.TrimSpace(r.Person), "path": r.Path,
		} {
			if v == "" {
				return Created{}, fault.Invalid(
					field,
					map[string]string{
						"file": "Choose the hand-over.", "key": "Choose your key file.",
						"person": "Enter your name.", "path": "Choose where to keep the register.",
					}[field],
				)
			}
		}
		if err := h.d.files.resolve(&r.File, &r.Key, &r.Path); err != nil {
			return Created{}, err
		}
		text, err := identity(r.Key)
		if err != nil {
			return Created{}, err
		}
		s, recovery, err := service.OpenHandover(
			context.Background(),
			r.File,
			text,
			r.Path,
			service.NewRegister{Person: r.Person, Passphrase: r.Passphrase},
			service.Options{Clock: h.d.o.Clock},
		)
		if err != nil {
			return Created{}, err
		}
		session, err := (&Register{h.d}).begin(s)
		return Created{session, recovery}, err
	})
}
