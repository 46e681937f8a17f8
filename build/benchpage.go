package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const (
	grownDir  = cacheDir + "/grown"
	grownRuns = "1000000"
	pageFile  = cacheDir + "/bench-page.json"
	// samplePassphrase opens the sample council; it is printed with it.
	samplePassphrase = "brackenmere sample council"
)

// runBenchPage measures the window on a large register: the grown sample, made
// once, behind the real page in a browser.
func runBenchPage(ctx context.Context, args []string) error {
	fs := flags("bench page")
	visits := fs.String("visits", "20", "how often each page is visited")
	only := fs.String("only", "", "visit only the pages whose address holds this")
	if err := fs.Parse(args); err != nil {
		return err
	}
	program, err := filepath.Abs(bin("assay-loopback"))
	if err != nil {
		return err
	}
	register, err := filepath.Abs(grownDir + "/grown.assay")
	if err != nil {
		return err
	}
	figures, err := filepath.Abs(pageFile)
	if err != nil {
		return err
	}
	return carryOutAll(ctx, []step{
		{
			title: "system packages",
			setup: true,
			do:    debian(slices.Concat(needsBrowser, needsWindow, needsReaderAloud)...),
		},
		{title: "npm packages", setup: true, do: npm},
		{title: "page", setup: true, do: page},
		{title: "program", setup: true, do: func(ctx context.Context, j *job) error {
			return j.run(ctx, "go", "build", "-tags", "e2e", "-o", program, "./app/desktop")
		}},
		{title: "grown sample", setup: true, do: func(ctx context.Context, j *job) error {
			if exists(register) {
				return nil
			}
			lines := &lineWriter{see: func(line string) { j.doing("%s", line) }}
			return j.call(
				ctx,
				call{out: io.MultiWriter(j.log, lines)},
				"go",
				"run",
				"./build/bench",
				"grown",
				grownRuns,
				grownDir,
			)
		}},
		{title: "window", setup: true, do: desktop("assay-window", "desktop,production")},
		{title: "start of the window", do: func(ctx context.Context, j *job) error {
			return inWindow(ctx, j, io.MultiWriter(os.Stdout, j.log), "build/window/start.py", bin("assay-window"))
		}},
		{title: "pages", do: func(ctx context.Context, j *job) error {
			env := []string{"BENCH_JSON=" + figures}
			if p := firstProgram(browsers...); p != "" && os.Getenv("ASSAY_CHROMIUM") == "" {
				env = append(env, "ASSAY_CHROMIUM="+p)
			}
			return j.call(
				ctx,
				call{dir: "frontend", env: env, out: io.MultiWriter(os.Stdout, j.log)},
				"node",
				"e2e/bench.mjs",
				program,
				register,
				samplePassphrase,
				*visits,
				*only,
			)
		}},
	})
}
