package vault

import (
	"slices"

	"assay/internal/fault"
)

// OpenCopy unlocks a byte for byte copy of this register, such as a backup,
// with the key that is in memory: to look whether the copy is whole. Errors: as
// Open; tampered where the file is a copy of something else.
func (v *Vault) OpenCopy(path string) (*Vault, error) {
	return open(path, func(*header) ([]byte, error) {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.vfs == nil {
			return nil, fault.Forbidden("The register is locked.")
		}
		return slices.Clone(v.fileKey), nil
	})
}
