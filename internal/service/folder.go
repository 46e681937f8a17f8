package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// FolderRequest is a folder that a platform exports into, a file now and then, all of
// one workflow. A file's mapping is the request's, or the one beside it in the folder:
// decisions.csv is read by decisions.mapping.yaml, or else by mapping.yaml.
type FolderRequest struct {
	Path        string          `json:"path"`
	Workflow    string          `json:"workflow"` // reference
	Format      string          `json:"format"`
	MappingPath string          `json:"mapping_path"`
	Mapping     *runlog.Mapping `json:"mapping"`
	MaxRefused  float64         `json:"max_refused"`

	// Progress is called now and then with the file that is read; nil is nobody.
	Progress func(file string, p runlog.Progress) `json:"-"`
	// Phase is called when a phase of an import begins; nil is nobody.
	Phase func(ImportPhase) `json:"-"`
}

// FolderFile is one file of a folder, and what became of it.
type FolderFile struct {
	File     string    `json:"file"`
	State    FileState `json:"state"`
	Why      string    `json:"why"`      // of a file that was left alone or refused
	Imported *Imported `json:"imported"` // null where it was not imported now
}

// FileState is what a file of a folder is to the register.
type FileState string

const (
	FileNew      FileState = "new"      // not imported yet
	FileHeld     FileState = "held"     // imported before, by its digest
	FileWriting  FileState = "writing"  // it changed a moment ago, so that it may not be finished
	FileImported FileState = "imported" // now
	FileRefused  FileState = "refused"  // it cannot be read; the others were
	FileOther    FileState = "other"    // no log
)

// settled is how long a file has to stay as it is before it is taken to be finished.
const settled = 10 * time.Second

// unfinishedNames are how programs call files that they have not finished.
var unfinishedNames = []string{".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", "~"}

// LookInFolder says of each file of a folder whether it is new. Nothing is imported.
func (s *Service) LookInFolder(ctx context.Context, q FolderRequest) ([]FolderFile, error) {
	out := []FolderFile{}
	entries, err := os.ReadDir(q.Path)
	if err != nil {
		return out, fault.Unreadable(
			filepath.Base(q.Path), "The folder cannot be read; check its path and permissions.").Because(err)
	}
	held := map[string]string{} // digest → reference of the import
	sizes := map[int64]bool{}
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, q.Workflow)
		if err != nil {
			return err
		}
		sources, err := runs.Sources(ctx, r.SQL, wf.ID)
		for _, x := range sources {
			held[x.SHA256], sizes[x.Bytes] = x.Ref, true
		}
		return err
	})
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return out, fault.New(fault.CodeCancelled, "Stopped.").Because(err)
		}
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) {
			continue
		}
		out = append(out, s.lookAt(filepath.Join(q.Path, name), held, sizes))
	}
	return out, nil
}

// lookAt says what a file is to the register.
func (s *Service) lookAt(path string, held map[string]string, sizes map[int64]bool) FolderFile {
	out := FolderFile{File: filepath.Base(path), State: FileNew}
	for _, end := range unfinishedNames {
		if strings.HasSuffix(strings.ToLower(out.File), end) {
			out.State, out.Why = FileWriting, "Its name says that it is not finished yet."
			return out
		}
	}
	f, err := runlog.OpenFile(path)
	if err != nil {
		out.State, out.Why = FileRefused, sentence(err)
		if info, statErr := os.Stat(path); statErr == nil && info.Size() == 0 {
			out.State, out.Why = FileWriting, "It is empty so far."
		}
		return out
	}
	defer f.Close()
	if age := s.clock().Sub(f.Info.ModTime()); age >= 0 && age < settled {
		out.State, out.Why = FileWriting, "It changed a moment ago; it is taken when it stays as it is."
		return out
	}
	if sizes[f.Info.Size()] {
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			out.State, out.Why = FileRefused, "The file cannot be read to its end."
			return out
		}
		if ref, ok := held[hex.EncodeToString(h.Sum(nil))]; ok {
			out.State, out.Why = FileHeld, fmt.Sprintf("It was imported as %s.", ref)
			return out
		}
	}
	head := make([]byte, 64<<10)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		out.State, out.Why = FileRefused, "The file cannot be read."
		return out
	}
	if k, err := runlog.Sniff(head[:n], out.File); err != nil && k.Wrapping == "" {
		out.State, out.Why = FileOther, sentence(err)
	}
	return out
}

// ImportFolder imports the files of a folder that are new since the last time, in
// the order of their names, each as a file of its own. One that is refused stops
// none of the others; one that may still be written is left alone until it is
// finished. The error is of the folder or the register, not of a file.
func (s *Service) ImportFolder(ctx context.Context, q FolderRequest) ([]FolderFile, error) {
	files, err := s.LookInFolder(ctx, q)
	if err != nil {
		return files, err
	}
	for i := range files {
		f := &files[i]
		if f.State != FileNew && (f.State != FileOther || q.Format == "" && q.MappingPath == "" && q.Mapping == nil) {
			continue
		}
		one := ImportRequest{Path: filepath.Join(q.Path, f.File), Workflow: q.Workflow, Format: q.Format,
			MappingPath: q.MappingPath, Mapping: q.Mapping, MaxRefused: q.MaxRefused, Phase: q.Phase}
		if one.MappingPath == "" && one.Mapping == nil {
			one.MappingPath = mappingBeside(one.Path)
		}
		for j := range files { // those that are held too: the folder tells one story
			if s := files[j].State; j != i && s != FileWriting && s != FileOther {
				one.Beside = append(one.Beside, filepath.Join(q.Path, files[j].File))
			}
		}
		if q.Progress != nil {
			one.Progress = func(p runlog.Progress) { q.Progress(f.File, p) }
		}
		done, err := s.Import(ctx, one)
		switch {
		case err != nil && (ctx.Err() != nil || fault.CodeOf(err) != fault.CodeUnreadable):
			return files, err
		case err != nil:
			f.State, f.Why = FileRefused, sentence(err)
		case done.Already:
			f.State, f.Why = FileHeld, fmt.Sprintf("It was imported as %s.", done.Source.Ref)
		default:
			f.State, f.Imported = FileImported, &done
		}
	}
	return files, nil
}

// mappingBeside is the mapping that lies in the folder for a file; empty where none does.
func mappingBeside(path string) string {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	all := filepath.Join(filepath.Dir(path), "mapping.yaml")
	for _, p := range []string{base + ".mapping.yaml", path + ".mapping.yaml", all} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

// sentence is what an error says to a person, with the place.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Error()
	}
	return "Reading the file failed."
}
