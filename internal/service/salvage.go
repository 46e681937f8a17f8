package service

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/vault"
)

// SalvageReport is what a salvage brought out.
type SalvageReport struct {
	Folder    string           `json:"folder"`
	Tables    []store.Salvaged `json:"tables"`
	Rows      int64            `json:"rows"`
	Documents int              `json:"documents"`
	Damaged   int              `json:"damaged_pages"` // of a sealed register: places that are not what was written
}

// Salvage brings out what can be read of a damaged register into a new folder:
// each table as JSON Lines, the texts of runs, which are kept compressed, as
// run_block_texts.jsonl besides, each whole document under its digest. It works on a
// copy; the register itself is not touched.
func Salvage(ctx context.Context, path, folder string, o Options) (out SalvageReport, err error) {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return out, fault.Conflict("The folder %s is there already or cannot be made; choose a new one.", folder).
			Because(err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(folder)
		}
	}()
	work, err := os.MkdirTemp(folder, ".copy-*")
	if err != nil {
		return out, fault.Doing("make a folder to salvage in", err)
	}
	defer os.RemoveAll(work)
	copied := filepath.Join(work, filepath.Base(path))
	for _, name := range append(vault.Files(path), path+"-wal", path+"-journal") {
		suffix := strings.TrimPrefix(name, path)
		if err := copyFile(name, copied+suffix); err != nil && (suffix == "" || !errors.Is(err, os.ErrNotExist)) {
			return out, fault.Unreadable(filepath.Base(path), "The register cannot be read.").Because(err)
		}
	}
	vfs := ""
	if vault.IsSealed(copied) {
		var v *vault.Vault
		if o.Recovery != "" {
			v, err = vault.OpenWithRecovery(copied, o.Recovery)
		} else {
			v, err = vault.Open(copied, o.Passphrase)
		}
		if err != nil {
			return out, err
		}
		v.Salvage()
		vfs = v.VFS()
		defer func() {
			out.Damaged = len(v.Damaged())
			err = errors.Join(err, v.Close())
		}()
	}
	out.Folder = folder
	files := map[string]*bufio.Writer{}
	var open []*os.File
	defer func() {
		for _, w := range files {
			err = errors.Join(err, w.Flush())
		}
		for _, f := range open {
			err = errors.Join(err, f.Close())
		}
	}()
	write := func(table string, line []byte) error {
		w := files[table]
		if w == nil {
			f, err := os.OpenFile(filepath.Join(folder, table+".jsonl"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			open = append(open, f)
			w = bufio.NewWriter(f)
			files[table] = w
		}
		_, err := fmt.Fprintf(w, "%s\n", line)
		return err
	}
	out.Tables, err = store.Salvage(ctx, copied, vfs, func(table string, columns []string, values []any) error {
		b, err := ledger.RowJSON(columns, values)
		if err != nil {
			return err
		}
		out.Rows++
		if table == "run_block" { // compressed: the texts in it are written out, where they can be read
			texts, _ := textsOfBlock(columns, values)
			for _, line := range texts {
				if err := write("run_block_texts", line); err != nil {
					return err
				}
			}
		}
		return write(table, b)
	}, func(digest string, r io.Reader) error {
		out.Documents++
		if err := os.MkdirAll(filepath.Join(folder, "documents"), 0o700); err != nil {
			return err
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, "documents", digest), b, 0o600)
	})
	return out, err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return errors.Join(err, w.Close())
}

// textsOfBlock are lines of JSON, one a run that has texts, up to what cannot be read.
func textsOfBlock(columns []string, values []any) (lines [][]byte, err error) {
	err = runs.TextsOfBlock(columns, values, func(n int64, t *runs.Texts) error {
		b, err := json.Marshal(struct {
			Run int64 `json:"run_n"`
			*runs.Texts
		}{n, t})
		lines = append(lines, b)
		return err
	})
	return lines, err
}
