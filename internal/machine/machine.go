// Package machine keeps what belongs to this computer and to no register: above all
// the newest head of each register's activity log that was seen here, so that an older
// copy of the register that is put back in its place is noticed when it is opened.
//
// Each register's head is a small text file of its own in the folder heads, named by the
// register's identifier: the head as the ledger writes it, an empty line, and when
// and where it was seen.
//
//	assay.example/log/019d4321-0000-7000-8000-000000000001
//	3
//	HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=
//
//	seen 2026-03-31T10:00:00Z in council.assay
package machine

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"

	"github.com/adrg/xdg"
)

// Dir is the folder for what belongs to this computer; ASSAY_STATE_DIR moves it.
func Dir() string {
	if dir := os.Getenv("ASSAY_STATE_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(xdg.StateHome, "assay")
}

// Seen is the newest head of a register that was seen on this computer.
type Seen struct {
	Head ledger.Head
	At   time.Time // by this computer's clock, whole seconds
	File string    // the register's file name then
}

// FormatSeen is the text that is kept.
func FormatSeen(s Seen) []byte {
	return fmt.Appendf(ledger.FormatHead(s.Head), "\nseen %s in %s\n", s.At.UTC().Format(time.RFC3339), s.File)
}

// ParseSeen reads what FormatSeen wrote and nothing else. Errors: unreadable.
func ParseSeen(text []byte) (Seen, error) {
	bad := fault.Unreadable("", "This is no head that Assay has seen on this computer.")
	head, rest, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return Seen{}, bad
	}
	h, err := ledger.ParseHead(append(bytes.Clone(head), '\n'))
	if err != nil {
		return Seen{}, bad.Because(err)
	}
	stamp, file, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(string(rest), "seen "), "\n"), " in ")
	at, err := time.Parse("2006-01-02T15:04:05Z", stamp)
	s := Seen{Head: h, At: at, File: file}
	if err != nil || strings.ContainsAny(file, "\n\r") || !bytes.Equal(FormatSeen(s), text) {
		return Seen{}, bad.Because(err)
	}
	return s, nil
}

// Heads is the folder with the heads that were seen. The empty Heads keeps nothing.
type Heads string

// HeadsIn are the heads that are kept below a folder for this computer.
func HeadsIn(dir string) Heads {
	if dir == "" {
		return ""
	}
	return Heads(filepath.Join(dir, "heads"))
}

var registerID = regexp.MustCompile(`^[0-9a-zA-Z-]{1,100}$`)

func (h Heads) file(register string) (string, bool) {
	return filepath.Join(string(h), register+".txt"), h != "" && registerID.MatchString(register)
}

// Last is the newest head that was seen of a register; false where there was none, or
// what was kept of it can no longer be read.
func (h Heads) Last(register string) (Seen, bool) {
	name, ok := h.file(register)
	if !ok {
		return Seen{}, false
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return Seen{}, false
	}
	s, err := ParseSeen(text)
	return s, err == nil && s.Head.Register() == register
}

// Keep keeps a head instead of the one before. The caller has compared them: what is
// kept never goes back by itself. It writes beside the file and renames, so that a
// crash leaves the one before.
func (h Heads) Keep(s Seen) error {
	name, ok := h.file(s.Head.Register())
	if !ok {
		return nil
	}
	s.At, s.File = s.At.UTC().Truncate(time.Second), oneLine(filepath.Base(s.File))
	if err := os.MkdirAll(string(h), 0o700); err != nil {
		return fmt.Errorf("keep the head that was seen: %w", err)
	}
	f, err := os.CreateTemp(string(h), ".head-*")
	if err != nil {
		return fmt.Errorf("keep the head that was seen: %w", err)
	}
	_, err = f.Write(FormatSeen(s))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return fmt.Errorf("keep the head that was seen: %w", err)
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ") }
