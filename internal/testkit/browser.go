package testkit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Browser is a page in a Chromium without a window, driven by the DevTools
// protocol over a pipe: no port is opened. It is for one goroutine.
type Browser struct {
	t       testing.TB
	in      io.Writer
	out     *bufio.Reader
	session string
	id      int
}

// OpenPage opens a file in the browser and waits until it has loaded. It skips
// the test, and says so, where Chromium is not installed.
func OpenPage(t testing.TB, file string) *Browser {
	t.Helper()
	program := NeedTool(t, "chromium")
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(
		program,
		"--headless=new",
		"--no-sandbox",
		"--disable-gpu",
		"--disable-extensions",
		"--disable-background-networking",
		"--no-first-run",
		"--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(),
		"about:blank",
	)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4, as --remote-debugging-pipe says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &Browser{t: t, in: ourOut, out: bufio.NewReaderSize(ourIn, 1<<20)}
	t.Cleanup(func() {
		b.id++ // asked to close, so that it takes its own children with it
		fmt.Fprintf(b.in, `{"id":%d,"method":"Browser.close"}`+"\x00", b.id)
		gone := make(chan struct{})
		go func() { _ = cmd.Wait(); close(gone) }()
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-gone
		}
		ourOut.Close()
		ourIn.Close()
	})
	var target struct{ TargetID string }
	b.Call("Target.createTarget", map[string]any{"url": "file://" + file}, &target)
	var attached struct{ SessionID string }
	b.Call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for range 600 {
		var state string
		b.Eval("document.readyState + ' ' + location.protocol", &state)
		if state == "complete file:" {
			return b
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not load", file)
	return nil
}

// Call sends one command of the DevTools protocol and reads its result.
func (b *Browser) Call(method string, params, result any) {
	b.t.Helper()
	b.id++
	msg, err := json.Marshal(struct {
		ID      int    `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
		Session string `json:"sessionId,omitempty"`
	}{b.id, method, params, b.session})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(msg, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		raw, err := b.out.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: the browser stopped: %v", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(raw[:len(raw)-1], &answer); err != nil {
			b.t.Fatal(err)
		}
		if answer.ID != b.id {
			continue // an event
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// Eval evaluates an expression in the page, waits for it where it is a promise,
// and reads its value as JSON into result, which may be nil.
func (b *Browser) Eval(expression string, result any) {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	b.Call(
		"Runtime.evaluate",
		map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true},
		&answer,
	)
	if e := answer.ExceptionDetails; e != nil {
		b.t.Fatalf("%s: %s", strings.SplitN(expression, "\n", 2)[0], e.Text+" "+e.Exception.Description)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result.Value, result); err != nil {
			b.t.Fatalf("%.100s: %v", expression, err)
		}
	}
}

// Choose puts files into the file input that the selector names.
func (b *Browser) Choose(selector string, files ...string) {
	b.t.Helper()
	var handle struct{ Result struct{ ObjectID string } }
	b.Call(
		"Runtime.evaluate",
		map[string]any{"expression": fmt.Sprintf("document.querySelector(%q)", selector)},
		&handle,
	)
	b.Call("DOM.setFileInputFiles", map[string]any{"files": files, "objectId": handle.Result.ObjectID}, nil)
}
