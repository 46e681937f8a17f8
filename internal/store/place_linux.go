package store

import "golang.org/x/sys/unix"

// remoteKinds are file systems whose locks and syncs cannot be relied on, by
// their numbers in linux/magic.h and the drivers' sources.
var remoteKinds = map[int64]string{
	0x6969: "a network drive (NFS)", 0xff534d42: "a network drive (CIFS)", 0xfe534d42: "a network drive (SMB)",
	0x517b:     "a network drive (SMB)",
	0x65735546: "a drive that another program provides (FUSE)", 0x01021997: "a shared folder (9P)",
	0x5346414f: "a network drive (AFS)", 0x6b414653: "a network drive (AFS)", 0x73757245: "a network drive (Coda)",
	0x564c:     "a network drive (NCP)",
	0x00c36400: "a network drive (Ceph)",
	0x4d44:     "a memory stick or card (FAT)", 0x2011bab0: "a memory stick or card (exFAT)",
}

// doubtful says on what kind of drive a path is, empty for an ordinary one.
func doubtful(path string) string {
	var s unix.Statfs_t
	if unix.Statfs(path, &s) != nil {
		return ""
	}
	return remoteKinds[int64(uint32(s.Type))]
}
