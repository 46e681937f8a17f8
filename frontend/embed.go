// Package frontend holds the page that the window shows, built by Vite into
// dist and carried inside the program, so that nothing is fetched at run time.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets is the built page: index.html at its root. In a fresh clone, before
// `npm run build`, it holds nothing but .gitkeep.
func Assets() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path; fs.Sub has no other reason to fail
	}
	return sub
}
