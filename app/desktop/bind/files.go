package bind

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"sync"

	"assay/internal/fault"
)

// A file is named to the page by a token, such as
//
//	k5TQ3JZ6A4XF5YVPRW2MLB7NCD:C:\Exports\october.csv
//
// chance, then a colon and the path for the page to show. Only what a person chose in a
// dialog, dropped on the window or had open before has a token, and methods take nothing
// else: a page that was made to misbehave, by a text in an import for instance, can read
// no file of its own choosing.

// files are the files that have a token, for as long as the program runs.
type files struct {
	mu     sync.Mutex
	paths  map[string]string // by token
	tokens map[string]string // by path
}

// grant gives the token of a path; none where the path is empty.
func (f *files) grant(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if token, ok := f.tokens[path]; ok {
		return token
	}
	if f.paths == nil {
		f.paths, f.tokens = map[string]string{}, map[string]string{}
	}
	token := rand.Text() + ":" + path
	f.paths[token], f.tokens[path] = path, token
	return token
}

// path gives the path of a token; none where the token is empty.
func (f *files) path(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path, ok := f.paths[token]
	if !ok {
		_, shown, _ := strings.Cut(token, ":")
		return "", fault.Forbidden("Choose the file %s again: it was not chosen since Assay was started.",
			filepath.Base(shown))
	}
	return path, nil
}

// resolve puts paths in the place of tokens.
func (f *files) resolve(tokens ...*string) error {
	for _, token := range tokens {
		path, err := f.path(*token)
		if err != nil {
			return err
		}
		*token = path
	}
	return nil
}

// chooseOpen asks for a file to read and gives its token; empty if the dialog was closed.
func (d *Desk) chooseOpen(title string, filters []Filter) (string, error) {
	path, err := d.o.Dialogs.Open(title, filters)
	return d.files.grant(path), err
}

// chooseSave asks where a file is to be written and gives the token of that place; empty
// if the dialog was closed.
func (d *Desk) chooseSave(title, name string, filters []Filter) (string, error) {
	path, err := d.o.Dialogs.Save(title, name, filters)
	return d.files.grant(path), err
}

// Dropped is what was dropped on the window: the tokens of the files, and the place on the
// page in CSS pixels.
type Dropped struct {
	Files []string `json:"files"`
	X     int      `json:"x"`
	Y     int      `json:"y"`
}

// Drop tells the page, by the event "dropped", of files that a person dropped on it.
func (d *Desk) Drop(x, y int, paths []string) {
	drop := Dropped{Files: make([]string, len(paths)), X: x, Y: y}
	for i, path := range paths {
		drop.Files[i] = d.files.grant(path)
	}
	d.o.Emit("dropped", drop)
}
