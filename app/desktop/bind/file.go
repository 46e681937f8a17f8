package bind

import (
	"os"
	"path/filepath"

	"assay/internal/fault"
)

// writeFile writes beside the file and renames, so that a failure leaves what
// was there before.
func writeFile(path string, data []byte) error {
	beside, err := os.CreateTemp(filepath.Dir(path), ".assay-*")
	if err != nil {
		return fault.Conflict("Nothing can be written in %s; choose another folder.", filepath.Dir(path)).Because(err)
	}
	defer os.Remove(beside.Name())
	_, err = beside.Write(data)
	if err == nil {
		err = beside.Sync()
	}
	if e := beside.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return fault.Conflict("%s was not written; check that there is room.", filepath.Base(path)).Because(err)
	}
	return nil
}

// tempFile keeps data in a folder of this run's own, for a viewer to open. The
// folder goes when the program ends.
func (d *Desk) tempFile(name string, data []byte) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.temp == "" {
		dir, err := os.MkdirTemp("", "assay-")
		if err != nil {
			return "", fault.Conflict("No temporary file can be written; save the document instead.").Because(err)
		}
		d.temp = dir
	}
	path := filepath.Join(d.temp, filepath.Base(name))
	return path, writeFile(path, data)
}
