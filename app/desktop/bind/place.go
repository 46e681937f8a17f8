package bind

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Recent is a register that was open on this computer.
type Recent struct {
	File         string `json:"file"` // its token
	Path         string `json:"path"`
	Organisation string `json:"organisation"`
	Sample       bool   `json:"sample"`
	Opened       string `json:"opened"`  // RFC 3339
	Missing      bool   `json:"missing"` // the file is no longer there
}

// Place is where the window stood when it was last closed.
type Place struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
}

// local is what belongs to this computer and to no register. It is kept in one
// small file; a file that cannot be read counts as absent.
type local struct {
	Recent []Recent `json:"recent"`
	Place  Place    `json:"place"`
}

var localMu sync.Mutex

func localFile(dir string) string { return filepath.Join(dir, "window.json") }

func readLocal(dir string) (l local) {
	text, err := os.ReadFile(localFile(dir))
	if err == nil {
		_ = json.Unmarshal(text, &l)
	}
	return l
}

// changeLocal writes beside the file and renames, so that a crash leaves the
// former file. What cannot be kept is not worth stopping the person for.
func changeLocal(dir string, f func(*local)) {
	localMu.Lock()
	defer localMu.Unlock()
	if dir == "" {
		return
	}
	l := readLocal(dir)
	f(&l)
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	beside := localFile(dir) + ".new"
	if os.WriteFile(beside, text, 0o600) == nil {
		_ = os.Rename(beside, localFile(dir))
	}
}

const keptRecent = 8

func (l *local) opened(r Recent, now time.Time) {
	r.Opened = now.UTC().Format(time.RFC3339)
	l.forget(r.Path)
	l.Recent = slices.Insert(l.Recent, 0, r)
	if len(l.Recent) > keptRecent {
		l.Recent = l.Recent[:keptRecent]
	}
}

func (l *local) forget(path string) {
	l.Recent = slices.DeleteFunc(l.Recent, func(o Recent) bool { return o.Path == path })
}

// LastPlace is where the window stood; zero if that is not known.
func (d *Desk) LastPlace() Place { return readLocal(d.o.StateDir).Place }

// KeepPlace remembers where the window stands.
func (d *Desk) KeepPlace(p Place) {
	if p.Width < 320 || p.Height < 240 {
		return
	}
	changeLocal(d.o.StateDir, func(l *local) { l.Place = p })
}
