package store

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPlace holds the kinds of drives against the kernel's numbers, and against
// the drives that this computer has: what the system calls a network drive, a shared folder or
// a FAT stick is named, and what it calls a disk is not.
func TestPlace(t *testing.T) {
	for number, words := range map[int64]string{
		unix.NFS_SUPER_MAGIC: "network", unix.CIFS_SUPER_MAGIC: "network", unix.SMB_SUPER_MAGIC: "network",
		unix.SMB2_SUPER_MAGIC: "network", unix.CEPH_SUPER_MAGIC: "network",
		unix.AFS_SUPER_MAGIC: "network", unix.AFS_FS_MAGIC: "network", unix.CODA_SUPER_MAGIC: "network",
		unix.NCP_SUPER_MAGIC: "network", unix.FUSE_SUPER_MAGIC: "another program",
		unix.V9FS_MAGIC: "shared folder", unix.MSDOS_SUPER_MAGIC: "memory stick",
		unix.EXFAT_SUPER_MAGIC: "memory stick",
		unix.EXT4_SUPER_MAGIC:  "", unix.XFS_SUPER_MAGIC: "", unix.BTRFS_SUPER_MAGIC: "", unix.TMPFS_MAGIC: "",
		unix.OVERLAYFS_SUPER_MAGIC: "",
	} {
		if got := remoteKinds[number]; !strings.Contains(got, words) || words == "" && got != "" {
			t.Errorf("%#x is %q, want %q", number, got, words)
		}
	}
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Skip("this system does not say what is mounted:", err)
	}
	careful := map[string]bool{
		"nfs":      true,
		"nfs4":     true,
		"cifs":     true,
		"smb3":     true,
		"9p":       true,
		"vfat":     true,
		"exfat":    true,
		"fuseblk":  true,
		"virtiofs": true,
		"ext4":     false,
		"xfs":      false,
		"btrfs":    false,
		"tmpfs":    false,
		"overlay":  false,
	}
	seen := 0
	for line := range strings.Lines(string(b)) {
		before, after, ok := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(kind) == 0 || strings.Contains(fields[4], `\`) {
			continue
		}
		want, known := careful[kind[0]]
		var s unix.Statfs_t
		if !known || unix.Statfs(fields[4], &s) != nil {
			continue
		}
		seen++
		if got := doubtful(fields[4]); (got != "") != want {
			t.Errorf("%s is mounted as %s, and is called %q", fields[4], kind[0], got)
		}
	}
	t.Logf("%d mounts of this computer were looked at", seen)
}
