package store

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// doubtful says on what kind of drive a path is, empty for an ordinary one.
func doubtful(path string) string {
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return ""
	}
	switch windows.GetDriveType(root) {
	case windows.DRIVE_REMOTE:
		return "a network drive"
	case windows.DRIVE_REMOVABLE:
		return "a memory stick or card"
	}
	return ""
}
