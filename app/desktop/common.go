package main

import (
	"log/slog"
	"net/http"
	"os/exec"
	"runtime"
	"strings"

	"assay/app/desktop/bind"
)

// policy lets the page use what came with the program and nothing else. A PDF
// in a frame carries none itself: its viewer would not start.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src " +
	"'self'; " +
	"connect-src 'self'; frame-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// secure sets the headers under which the page runs.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if !strings.HasPrefix(r.URL.Path, bind.DocumentsPath) {
			w.Header().Set("Content-Security-Policy", policy)
		}
		next.ServeHTTP(w, r)
	})
}

// openArgument opens the register that the program was started with, if any.
func openArgument(desk *bind.Desk, log *slog.Logger, args []string) {
	for _, a := range args {
		if strings.HasSuffix(a, ".assay") {
			if err := desk.OpenAtStart(a); err != nil {
				log.Warn("the register given at the start was not opened", "cause", err)
			}
			return
		}
	}
}

// show opens a file with the system's own program for it.
func show(path string) error {
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", path)
	case "darwin":
		cmd = exec.Command("open", path)
	default:
		cmd = exec.Command("xdg-open", path)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // nobody waits for the viewer to be closed
	return nil
}
