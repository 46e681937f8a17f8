package buildinfo

import (
	"runtime"
	"testing"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		name string
		info Info
		want string
	}{
		{
			"a_release",
			Info{Version: "v1.2.3", Commit: "0a1b2c3d4e5f6071", Go: "go1.26.1", System: "linux/amd64"},
			"assay v1.2.3 (commit 0a1b2c3d4e5f, go1.26.1, linux/amd64)",
		},
		{
			"files_that_differ_from_the_commit",
			Info{Version: "v1.2.4-dev", Commit: "0a1b", Modified: true, Go: "go1.26.1", System: "windows/amd64"},
			"assay v1.2.4-dev (commit 0a1b with changes, go1.26.1, windows/amd64)",
		},
		{
			"no_repository",
			Info{Version: "development", Go: "go1.26.1", System: "linux/amd64"},
			"assay development (go1.26.1, linux/amd64)",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.info.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	i := Read()
	if i.Version == "" || i.Go != runtime.Version() || i.System != runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("got %+v", i)
	}
}
