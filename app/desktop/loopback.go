//go:build e2e

// The page over plain HTTP on this computer only, for the browser journeys: the
// same rooms behind the same page, with neither a window system nor cgo. It is
// never part of a product build (build tag e2e).
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"sync"
	"time"

	"assay/app/buildinfo"
	"assay/app/desktop/bind"
	"assay/frontend"
	"assay/internal/machine"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on")
	clock := flag.String("clock", "", "the moment at which the program believes it is, RFC 3339")
	dir := flag.String("page", "", "folder of the built page, instead of the one that the program carries")
	flag.Parse()
	assets := frontend.Assets()
	if *dir != "" {
		assets = os.DirFS(*dir)
	}
	if err := serve(*addr, *clock, assets, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "loopback:", err)
		os.Exit(1)
	}
}

func serve(addr, clock string, assets fs.FS, args []string) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	o := bind.Options{Log: log, StateDir: machine.Dir(), Version: buildinfo.Read().Version}
	if clock != "" {
		at, err := time.Parse(time.RFC3339, clock)
		if err != nil {
			return err
		}
		started := time.Now()
		o.Clock = func() time.Time { return at.Add(time.Since(started)) }
	}
	events := &hub{}
	answers := &answers{}
	o.Emit, o.Dialogs = events.emit, answers
	desk := bind.NewDesk(o)
	defer desk.Close()
	openArgument(desk, log, args)

	mux := http.NewServeMux()
	mux.Handle("POST /loopback/call", caller(desk.Rooms()))
	mux.Handle("POST /loopback/answers", answers)
	mux.HandleFunc("POST /loopback/drop", func(w http.ResponseWriter, r *http.Request) {
		var drop struct {
			Paths []string
			X, Y  int
		}
		if err := json.NewDecoder(r.Body).Decode(&drop); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		desk.Drop(drop.X, drop.Y, drop.Paths)
	})
	mux.Handle("GET /loopback/events", events)
	mux.HandleFunc("GET /loopback/bridge.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(bridge))
	})
	mux.Handle(bind.DocumentsPath, desk.Documents())
	mux.Handle("/", page(assets))

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return fmt.Errorf("%s is not an address of this computer only", addr)
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	server := &http.Server{Handler: secure(mux), ReadHeaderTimeout: 5 * time.Second}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() {
		<-stop
		server.Close()
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// page serves the built page with the bridge in place of the window system's.
func page(assets fs.FS) http.Handler {
	files := http.FileServerFS(assets)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" && r.URL.Path != "/index.html" {
			files.ServeHTTP(w, r)
			return
		}
		html, err := fs.ReadFile(assets, "index.html")
		if err != nil {
			http.Error(w, "The page is not built: run npm run build in frontend.", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(
			bytes.Replace(html, []byte("<head>"), []byte(`<head><script src="/loopback/bridge.js"></script>`), 1),
		)
	})
}

// bridge is what the window system puts into the page: window.go and window.runtime.
const bridge = `
const listeners = new Map();
const call = async (method, args) => {
  const answer = await fetch('/loopback/call', { method: 'POST', body: JSON.stringify({ method, args }) });
  const { result, error } = await answer.json();
  if (error !== undefined) throw new Error(error);
  return result;
};
window.go = new Proxy({}, { get: (_, pkg) => new Proxy({}, { get: (_, type) => new Proxy({}, {
  get: (_, name) => (...args) => call(type + '.' + name, args),
}) }) });
window.runtime = {
  EventsOnMultiple(name, callback) {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(callback);
    return () => listeners.get(name).delete(callback);
  },
  EventsOff(name) { listeners.delete(name); },
  OnFileDrop() {
    window.dropFiles = (paths, x = 0, y = 0) =>
      fetch('/loopback/drop', { method: 'POST', body: JSON.stringify({ paths, x: Math.round(x), y: Math.round(y) }) });
  },
  OnFileDropOff() { delete window.dropFiles; },
  WindowSetTitle() {},
  Quit() {},
};
new EventSource('/loopback/events').onmessage = (message) => {
  const { name, data } = JSON.parse(message.data);
  for (const callback of listeners.get(name) ?? []) callback(data);
};
`

// caller runs one exported method of one of the rooms.
func caller(rooms []any) http.Handler {
	methods := map[string]reflect.Value{}
	for _, room := range rooms {
		v := reflect.ValueOf(room)
		for i := range v.NumMethod() {
			methods[v.Elem().Type().Name()+"."+v.Type().Method(i).Name] = v.Method(i)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Method string            `json:"method"`
			Args   []json.RawMessage `json:"args"`
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reply := map[string]any{}
		if result, err := invoke(methods[ask.Method], ask.Method, ask.Args); err != nil {
			reply["error"] = bind.ErrorText(err)
		} else {
			reply["result"] = result
		}
		_ = json.NewEncoder(w).Encode(reply)
	})
}

func invoke(method reflect.Value, name string, args []json.RawMessage) (any, error) {
	if !method.IsValid() {
		return nil, fmt.Errorf("no method %s", name)
	}
	if len(args) != method.Type().NumIn() {
		return nil, fmt.Errorf("%s takes %d arguments, got %d", name, method.Type().NumIn(), len(args))
	}
	in := make([]reflect.Value, len(args))
	for i, raw := range args {
		v := reflect.New(method.Type().In(i))
		if err := json.Unmarshal(raw, v.Interface()); err != nil {
			return nil, fmt.Errorf("%s, argument %d: %w", name, i+1, err)
		}
		in[i] = v.Elem()
	}
	var result any
	for _, out := range method.Call(in) {
		if err, isErr := out.Interface().(error); isErr {
			return nil, err
		}
		if out.Type() != reflect.TypeFor[error]() {
			result = out.Interface()
		}
	}
	return result, nil
}

// hub sends events to every page that listens.
type hub struct {
	mu    sync.Mutex
	pages map[chan string]struct{}
}

func (h *hub) emit(name string, data any) {
	text, err := json.Marshal(map[string]any{"name": name, "data": data})
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for page := range h.pages {
		select {
		case page <- string(text):
		default: // a page that does not read misses progress, nothing else
		}
	}
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := make(chan string, 64)
	h.mu.Lock()
	if h.pages == nil {
		h.pages = map[chan string]struct{}{}
	}
	h.pages[page] = struct{}{}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.pages, page)
		h.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	out := bufio.NewWriter(w)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case text := <-page:
			fmt.Fprintf(out, "data: %s\n\n", text)
			out.Flush()
			_ = flush.Flush()
		}
	}
}

// answers stands in for the system's dialogs: the journey says beforehand what
// the person will choose, and can ask which files were to be shown.
type answers struct {
	mu    sync.Mutex
	paths []string
	shown []string
}

func (a *answers) next() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.paths) == 0 {
		return "", nil
	}
	path := a.paths[0]
	a.paths = a.paths[1:]
	return path, nil
}

func (a *answers) Open(string, []bind.Filter) (string, error)         { return a.next() }
func (a *answers) Save(string, string, []bind.Filter) (string, error) { return a.next() }
func (a *answers) Folder(string) (string, error)                      { return a.next() }
func (a *answers) Show(path string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shown = append(a.shown, path)
	return nil
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var say struct {
		Paths []string `json:"paths"`
	}
	if err := json.NewDecoder(r.Body).Decode(&say); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	a.paths = append(a.paths, say.Paths...)
	shown := strings.Join(a.shown, "\n")
	a.mu.Unlock()
	_, _ = w.Write([]byte(shown))
}
