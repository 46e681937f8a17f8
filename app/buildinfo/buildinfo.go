// Package buildinfo says which program this is: the version that its release
// was made from, the commit, and what compiled it.
package buildinfo

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Info is what the Go toolchain wrote into the program.
type Info struct {
	Version  string `json:"version"`            // git's tag, or "development"
	Commit   string `json:"commit,omitempty"`   // empty where it was not built from a repository
	Modified bool   `json:"modified,omitempty"` // the files differed from the commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Go       string `json:"go"`
	System   string `json:"system"` // such as linux/amd64
}

// released is the version of a package, which `go run ./build package` links in.
var released string

// Read reads it from the running program.
func Read() Info {
	out := Info{Version: "development", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		out.Version = v
	}
	if released != "" {
		out.Version = released
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			out.Commit = s.Value
		case "vcs.modified":
			out.Modified = s.Value == "true"
		case "vcs.time":
			out.Time = s.Value
		}
	}
	return out
}

// String is one line, such as
//
//	assay v1.2.3 (commit 0a1b2c3d4e5f, go1.26.1, linux/amd64)
func (i Info) String() string {
	commit := ""
	if i.Commit != "" {
		commit = "commit " + i.Commit[:min(12, len(i.Commit))]
		if i.Modified {
			commit += " with changes"
		}
		commit += ", "
	}
	return fmt.Sprintf("assay %s (%s%s, %s)", i.Version, commit, i.Go, i.System)
}
