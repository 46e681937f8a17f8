//go:build !e2e

// Command desktop is the window of Assay: a page over the same services as the
// command line. This file does nothing but put the parts together.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	wails_runtime "github.com/wailsapp/wails/v2/pkg/runtime"

	"assay/app/buildinfo"
	"assay/app/desktop/bind"
	"assay/frontend"
	"assay/internal/machine"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "assay:", err)
		os.Exit(1)
	}
}

func run() error {
	// Some graphics drivers show an empty window otherwise.
	if _, set := os.LookupEnv("WEBKIT_DISABLE_DMABUF_RENDERER"); !set && runtime.GOOS == "linux" {
		os.Setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	win := &window{}
	desk := bind.NewDesk(bind.Options{
		Dialogs:  win,
		Emit:     win.emit,
		Log:      log,
		StateDir: machine.Dir(),
		Version:  buildinfo.Read().Version,
	})
	defer desk.Close()
	watching, stopWatching := context.WithCancel(context.Background())
	defer stopWatching()
	go desk.Watch(watching)
	openArgument(desk, log, os.Args[1:])

	place := desk.LastPlace()
	state := options.Normal
	if place.Maximised {
		state = options.Maximised
	}
	return wails.Run(&options.App{
		Title:            "Assay",
		Width:            within(place.Width, 1280),
		Height:           within(place.Height, 800),
		MinWidth:         320,
		MinHeight:        256,
		WindowStartState: state,
		AssetServer: &assetserver.Options{
			Assets:     frontend.Assets(),
			Handler:    desk.Documents(),
			Middleware: secure,
		},
		Bind:           desk.Rooms(),
		ErrorFormatter: func(err error) any { return bind.ErrorText(err) },
		Logger:         quiet{log},
		OnStartup: func(ctx context.Context) {
			win.start(ctx)
			wails_runtime.OnFileDrop(ctx, desk.Drop)
		},
		OnBeforeClose: func(ctx context.Context) bool {
			w, h := wails_runtime.WindowGetSize(ctx)
			desk.KeepPlace(bind.Place{Width: w, Height: h, Maximised: wails_runtime.WindowIsMaximised(ctx)})
			return desk.Held() && !closeAnyway(ctx)
		},
		DragAndDrop: &options.DragAndDrop{EnableFileDrop: true, DisableWebViewDrop: true},
		Linux:       &linux.Options{ProgramName: "assay", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		Windows:     &windows.Options{Theme: windows.SystemDefault},
	})
}

// closeAnyway asks before words go that are shown once.
func closeAnyway(ctx context.Context) bool {
	const stay, leave = "Stay", "Close"
	answer, err := wails_runtime.MessageDialog(ctx, wails_runtime.MessageDialogOptions{
		Type:  wails_runtime.QuestionDialog,
		Title: "The recovery key",
		Message: "The words of the recovery key are shown only now. Close the window before they are " +
			"written down?",
		Buttons:       []string{stay, leave},
		DefaultButton: stay,
		CancelButton:  stay,
	})
	return err == nil && (answer == leave || answer == "Yes") // Windows and Linux name the buttons themselves
}

func within(n, otherwise int) int {
	if n < 320 {
		return otherwise
	}
	return n
}

// window is the way from the desk to the window once it stands.
type window struct {
	mu  sync.RWMutex
	ctx context.Context
}

func (w *window) start(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx = ctx
}

// context is the window's own: the runtime ends the program for any other.
func (w *window) context() context.Context {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.ctx
}

func (w *window) emit(name string, data any) {
	if ctx := w.context(); ctx != nil {
		wails_runtime.EventsEmit(ctx, name, data)
	}
}

func (w *window) Open(title string, filters []bind.Filter) (string, error) {
	return wails_runtime.OpenFileDialog(
		w.context(),
		wails_runtime.OpenDialogOptions{Title: title, Filters: patterns(filters)},
	)
}

func (w *window) Save(title, name string, filters []bind.Filter) (string, error) {
	return wails_runtime.SaveFileDialog(
		w.context(),
		wails_runtime.SaveDialogOptions{Title: title, DefaultFilename: name, Filters: patterns(filters)},
	)
}

func (w *window) Folder(title string) (string, error) {
	return wails_runtime.OpenDirectoryDialog(w.context(), wails_runtime.OpenDialogOptions{Title: title})
}

func (w *window) Show(path string) error { return show(path) }

func patterns(filters []bind.Filter) []wails_runtime.FileFilter {
	out := make([]wails_runtime.FileFilter, len(filters))
	for i, f := range filters {
		all := ""
		for j, p := range f.Patterns {
			if j > 0 {
				all += ";"
			}
			all += p
		}
		out[i] = wails_runtime.FileFilter{DisplayName: f.Name + " (" + all + ")", Pattern: all}
	}
	return out
}

// quiet is the window system's logger. Its own would write every payload of a
// failed call, so messages below errors go nowhere and errors are named only.
type quiet struct{ log *slog.Logger }

func (q quiet) Print(string)   {}
func (q quiet) Trace(string)   {}
func (q quiet) Debug(string)   {}
func (q quiet) Info(string)    {}
func (q quiet) Warning(string) {}
func (q quiet) Error(string)   { q.log.Warn("the window system reported an error") }
func (q quiet) Fatal(m string) { q.log.Error("the window system stopped", "cause", m); os.Exit(1) }
