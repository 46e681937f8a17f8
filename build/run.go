package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// runSample does the main job: from nothing to a signed certificate and an
// evidence pack on the sample council, and the window on its register.
func runSample(ctx context.Context, args []string) error {
	fs := flags("run")
	dir := fs.String("dir", "sample", "folder for what is made")
	noWindow := fs.Bool("no-window", false, "make the documents and open no window")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected %q; see `go run ./build run --help`", fs.Arg(0))
	}
	start := time.Now()
	why := "" // there will be no window
	switch {
	case *noWindow:
		why = "The window was not opened, because you asked for none."
	case !display():
		why = "The window was not opened: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)."
	case !exists("app/desktop"):
		why = "There is no window yet."
	}
	steps := []step{{title: "command line", do: commandLine}}
	if why == "" {
		packages := carryOut(ctx, []step{{title: "system packages", do: debian(needsWindow...)}})
		if err := packages[0].err; err != nil && !isNothing(err) {
			why = fmt.Sprintf("The window was not opened: %v", err)
		} else {
			steps = append(steps,
				step{title: "npm packages", do: npm},
				step{title: "page", after: []string{"npm packages"}, do: page},
				step{
					title: "window", after: []string{"command line", "page"},
					do: desktop("assay-window", "desktop,production"),
				})
		}
	}
	if !allWell(carryOut(ctx, steps)) {
		return errFailed
	}

	fmt.Printf("\n$ assay demo --dir %s\n", *dir)
	demo := exec.CommandContext(ctx, bin("assay"), "demo", "--dir", *dir)
	demo.Stdout, demo.Stderr = os.Stdout, os.Stderr
	if err := demo.Run(); err != nil {
		return fmt.Errorf("the main job failed: %w", err)
	}
	if why == "" {
		var err error
		if why, err = openWindow(*dir); err != nil {
			return err
		}
	}
	fmt.Printf("\nMade in %s, in %.0f s:\n", *dir, time.Since(start).Seconds())
	if err := list(os.Stdout, *dir); err != nil {
		return err
	}
	fmt.Printf(
		"\n%s\nThe command line is %s: try it with --help.\n",
		why,
		filepath.Join(binDir, filepath.Base(bin("assay"))),
	)
	return nil
}

// commandLine builds assay. It needs no cgo; with it or without, whichever
// everything else is built with here, so that nothing is compiled twice.
func commandLine(ctx context.Context, j *job) error {
	if !exists("app/assay") {
		return errors.New("there is no app/assay yet")
	}
	j.doing("downloading modules and compiling them, which the next time is quick")
	return j.run(ctx, "go", "build", "-o", bin("assay"), "./app/assay")
}

// desktop builds the window; the tags say which kind.
func desktop(name, tags string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if !exists("app/desktop") {
			return nothing("no app/desktop yet")
		}
		j.doing("compiling, which the next time is quick")
		return j.run(ctx, "go", "build", "-tags", windowTags(tags), "-o", bin(name), "./app/desktop")
	}
}

// openWindow leaves the window open on the register in dir.
func openWindow(dir string) (string, error) {
	var args []string
	if registers, _ := filepath.Glob(filepath.Join(dir, "*.assay")); len(registers) > 0 {
		args = append(args, registers[0])
	}
	log, err := os.Create(filepath.Join(logDir, "window.log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	window := exec.Command(bin("assay-window"), args...)
	window.Stdout, window.Stderr = log, log
	onItsOwn(window)
	if err := window.Start(); err != nil {
		return "", fmt.Errorf("open the window: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- window.Wait() }()
	select {
	case err := <-ended:
		text, _ := os.ReadFile(log.Name())
		return "", fmt.Errorf("the window closed at once (%v):\n%s", err, text)
	case <-time.After(2 * time.Second):
	}
	return fmt.Sprintf("The window is open on %s.", strings.Join(args, "")), nil
}

// list shows what a folder holds, with sizes; a folder in it that holds many
// files is one line.
func list(w io.Writer, dir string) error {
	const many = 5
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if strings.HasPrefix(f.Name(), ".") {
			continue // a lock
		}
		if f.IsDir() {
			inside, err := os.ReadDir(path)
			if err != nil {
				return err
			}
			if len(inside) <= many {
				if err := list(w, path); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(w, "  %10s  %s%c\n", fmt.Sprint(len(inside), " files"), path, filepath.Separator)
			continue
		}
		info, err := f.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %10s  %s\n", size(info.Size()), path)
	}
	return nil
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
