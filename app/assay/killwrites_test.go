package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/demo"
	"assay/internal/fault"
	"assay/internal/sample"
	"assay/internal/service"
	"assay/internal/testkit"
	"assay/internal/vault"
)

// changedPassphrase is the passphrase that the kinds of write give the register which change it.
const changedPassphrase = "staple gravel lantern orbit"

// killed is a kind of write that TestKill_writes kills.
type killed struct {
	name string
	args []string // "{}" is the folder that the copy of the register is in
	made string   // the file that it makes, if any, with how to see that it is whole
	see  []string
	says string // what is seen of a whole one, where that is no success
	// between says that a state which is neither that before nor that after is whole
	// as well, and why.
	between func(state string) bool
}

// TestKill_writes kills each kind of write at random moments, by the command
// itself, on a copy of one sealed register. Afterwards the register opens and is sound, is as
// it was before or as it is when the command has ended, and what the command
// acknowledged is there; a file it made is whole or not there; and the next attempt succeeds.
func TestKill_writes(t *testing.T) {
	ctx := context.Background()
	b := killBase(t, ctx)
	kinds := []killed{
		{name: "apply", args: []string{"apply", b.file("more.yaml")}},
		{name: "import", args: []string{"import", b.file("export.jsonl"), "--workflow", sample.LargeKey}},
		{
			name: "finding explained",
			args: []string{
				"finding",
				"explain",
				"--workflow",
				"WF-0002",
				"--code",
				"OVR-06",
				"--officer",
				"m.achterberg",
				"--why",
				"Each of these summaries was read again with the social worker who had made the visit.",
			},
		},
		{
			name: "finding accepted",
			args: []string{
				"finding",
				"accept",
				"--workflow",
				"WF-0003",
				"--code",
				"OVR-03",
				"--by",
				"PER-0002",
				"--until",
				time.Now().AddDate(0, 3, 0).Format(time.DateOnly),
				"--link",
				"REC-0001",
				"--why",
				"The platform writes no names until its next version; the accounts are being named by then.",
			},
		},
		{
			name: "certificate issue",
			args: []string{
				"certificate",
				"issue",
				"--workflow",
				"WF-0001",
				"--approver",
				"PER-0002",
				"--out",
				"{}/made.pdf",
			},
			made: "made.pdf",
			see:  []string{"verify", "--trust", b.file("demo/root.pem"), "{}/made.pdf"},
			says: "NOT YET APPROVED", // whole, and the approver signs later
		},
		{
			name: "certificate revoke",
			args: []string{"certificate", "revoke", b.certificate, "--reason", "Issued in error."},
		},
		{name: "key issue", args: []string{"key", "issue", "PER-0004"}},
		{
			name: "pack",
			args: []string{"pack", "--workflow", "WF-0005", "--out", "{}/made.zip"},
			made: "made.zip",
			see:  []string{"verify", "--trust", b.file("demo/root.pem"), "{}/made.zip"},
		},
		{
			name: "backup",
			args: []string{"backup", "--out", "{}/made.assay"},
			made: "made.assay",
			see:  []string{"check", "-w", "{}/made.assay", "--as", "PER-0001"},
		},
		{name: "purge", args: []string{"purge", "IMP-0003", "--reason", "The retention period has passed."}},
		{
			name: "handover send",
			args: []string{"handover", "send", "--to", b.public, "--no-runs", "--out", "{}/made.handover"},
			made: "made.handover",
			see: []string{
				"handover",
				"open",
				"{}/made.handover",
				"--key",
				b.file("client.txt"),
				"--out",
				"{}/opened.assay",
				"--person",
				"Cora",
				"--plain",
			},
		},
		{
			name: "handover merge",
			args: []string{"handover", "merge", b.file("back.handover"), "--key", b.file("client.txt")},
		},
		// The key page is not part of the transaction: the new passphrase may hold before the log says so.
		{name: "passphrase", args: []string{"passphrase"}, between: func(state string) bool {
			return state == strings.Replace(b.state, "passphrase old", "passphrase new", 1)
		}},
		{name: "rekey", args: []string{"rekey"}},
	}
	after, took := map[string]string{}, map[string]time.Duration{}
	for _, k := range kinds { // each runs to its end once, to know how long it takes and what it does
		r := copyOf(t, b)
		begun := time.Now()
		if out, err := r.command(k.args).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", k.name, err, out)
		}
		took[k.name], after[k.name] = time.Since(begun), r.state(t, ctx)
		if after[k.name] == b.state && k.name != "backup" {
			t.Fatalf("%s changed nothing:\n%s", k.name, b.state)
		}
		r.whole(t, k, true)
		r.remove()
	}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	counts := map[string][3]int{} // killed, and of those as before and as after
	kills, until := 0, testkit.Times(len(kinds), 500)
	for i := 0; kills < until && i < 3*until; i++ {
		k := kinds[i%len(kinds)]
		r := copyOf(t, b)
		c := r.command(k.args)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(random.Int64N(int64(took[k.name]))), func() { _ = c.Process.Kill() })
		err := c.Wait()
		timer.Stop()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.Exited()) {
			t.Fatalf("%s was not killed, and failed: %v %s", k.name, err, stderr.String())
		}
		if testkit.Soak() && i%10 == 0 {
			_ = os.WriteFile("/proc/sys/vm/drop_caches", []byte("1"), 0o200) // where this computer lets us
		}
		state := r.state(t, ctx)
		n := counts[k.name]
		if err != nil {
			n[0]++
			if kills++; kills%50 == 0 {
				t.Logf("%d kills", kills)
			}
		}
		switch {
		case state == after[k.name]:
			n[2]++
		case err != nil && (state == b.state || k.between != nil && k.between(state)):
			n[1]++
		default:
			t.Fatalf(
				"%s (%v): the register is neither as before nor as after\n%s\nbefore\n%s\nafter\n%s",
				k.name,
				err,
				state,
				b.state,
				after[k.name],
			)
		}
		counts[k.name] = n
		r.whole(t, k, err == nil)
		again := k.args
		if state != b.state {
			again = []string{"apply", b.file("again.yaml")} // it is done, so another one is made
		}
		r.clear(k)
		if out, err := r.command(again).CombinedOutput(); err != nil {
			t.Fatalf("%s: the next attempt: %v %s", k.name, err, out)
		}
		if now := r.state(t, ctx); now == state && k.name != "backup" || state == b.state && now != after[k.name] {
			t.Fatalf("%s: after the next attempt the register is\n%s\nbut should be\n%s", k.name, now, after[k.name])
		}
		r.remove()
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		n := counts[name]
		t.Logf("%-18s killed %3d times, register as before %3d, done %3d", name, n[0], n[1], n[2])
	}
	t.Logf("%d kills", kills)
	if kills < until {
		t.Errorf("only %d of %d were killed", kills, until)
	}
}

// original is the register that is copied, with the files that the kinds of write need.
type original struct {
	dir, public, certificate, state string
}

func (b *original) file(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

// killBase makes the register that is copied, and what the kinds of write need:
// the sample council, with a lock that is quick to open.
func killBase(t *testing.T, ctx context.Context) *original {
	t.Helper()
	b := &original{dir: t.TempDir()}
	made, err := demo.Make(ctx, b.file("demo"), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.certificate = made.Certificates[0].Number
	v, err := vault.Open(made.Register, demo.Passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		v.SetPassphrase(demo.Passphrase, vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1}), v.Close(),
	); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(made.Register, b.file("r.assay")); err != nil {
		t.Fatal(err)
	}
	var more strings.Builder
	more.WriteString("assay: apply/1\nworkflows:\n")
	for i := range 60 {
		fmt.Fprintf(&more, "  - {key: killed-%d, name: Killed %d, lifecycle: proposed}\n", i, i)
	}
	var export bytes.Buffer
	if err := sample.WriteLarge(&export, 1500, 1, time.Now().AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"large.yaml": "assay: apply/1\nworkflows:\n  - {key: " + sample.LargeKey +
			", name: Changes, lifecycle: trial}\n", "more.yaml": more.String(),
		"again.yaml": "assay: apply/1\nworkflows:\n  - {key: once-more, name: Once more, lifecycle: proposed}\n",
		"consultant.yaml": "assay: apply/1\nworkflows:\n  - {key: from-outside, name: From outside, lifecycle: " +
			"proposed}\n  - {key: " + sample.LargeKey +
			", name: Changes as the consultant names them, lifecycle: trial}\n", "export.jsonl": export.String(),
	} {
		if err := os.WriteFile(b.file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &copied{dir: b.dir, env: b.env()}
	must := func(args ...string) string {
		t.Helper()
		out, err := r.command(args).Output()
		if err != nil {
			var exit *exec.ExitError
			errors.As(err, &exit)
			t.Fatalf("%v: %v %s", args, err, exit.Stderr)
		}
		return string(out)
	}
	public := func(s string) string {
		for word := range strings.FieldsSeq(s) {
			if strings.HasPrefix(word, "age1") {
				return word
			}
		}
		t.Fatal("no public key in", s)
		return ""
	}
	must("apply", b.file("large.yaml"))
	b.public = public(must("handover", "key", "--out", b.file("client.txt")))
	theirs := public(must("handover", "key", "--out", b.file("consultant.txt")))
	must("handover", "send", "--to", theirs, "--no-runs", "--out", b.file("out.handover"))
	var opened struct{ Keeper struct{ Ref string } }
	if err := json.Unmarshal([]byte(must(
		"handover", "open", b.file("out.handover"), "--key", b.file("consultant.txt"), "--out",
		b.file("work.assay"), "--person", "Cora Consultant", "--plain", "--json",
	)), &opened); err != nil {
		t.Fatal(err)
	}
	work := func(args ...string) {
		t.Helper()
		c := exec.Command(os.Args[0], append(args, "-w", b.file("work.assay"), "--as", opened.Keeper.Ref)...)
		c.Env = b.env()
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
	}
	work("apply", b.file("consultant.yaml"))
	work("handover", "send", "--to", b.public, "--no-runs", "--out", b.file("back.handover"))
	b.state = r.state(t, ctx)
	return b
}

func (b *original) env() []string {
	return append(
		os.Environ(),
		"ASSAY_TEST_COMMAND=1",
		"ASSAY_PASSPHRASE="+demo.Passphrase,
		"ASSAY_NEW_PASSPHRASE="+changedPassphrase,
	)
}

// copied is one copy of the register, in a folder of its own.
type copied struct {
	dir     string
	env     []string
	changed bool // it opens with the new passphrase
}

func copyOf(t *testing.T, b *original) *copied {
	t.Helper()
	dir, err := os.MkdirTemp(b.dir, "copy")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b.file("r.assay"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "r.assay"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	// Each copy is on a computer of its own, which has seen no later state of this register.
	return &copied{dir: dir, env: append(b.env(), "ASSAY_STATE_DIR="+dir)}
}

func (r *copied) path() string { return filepath.Join(r.dir, "r.assay") }

func (r *copied) remove() { os.RemoveAll(r.dir) }

func (r *copied) command(args []string) *exec.Cmd {
	words := []string{"-w", r.path(), "--as", "PER-0001"}
	for _, a := range args {
		words = append(words, strings.ReplaceAll(a, "{}", r.dir))
	}
	if i := slices.Index(words[4:], "-w"); i >= 0 { // it names its own
		words = words[4:]
	}
	c := exec.Command(os.Args[0], words...)
	c.Env = r.env
	if r.changed {
		c.Env = append(
			slices.Clone(r.env),
			"ASSAY_PASSPHRASE="+changedPassphrase,
			"ASSAY_KEY_PASSPHRASE="+demo.Passphrase,
		)
	}
	return c
}

// state opens the register, checks all of it, and tells what it holds.
func (r *copied) state(t *testing.T, ctx context.Context) string {
	t.Helper()
	word, pass := "old", demo.Passphrase
	s, err := service.Open(ctx, r.path(), service.Options{Passphrase: pass, As: "PER-0001"})
	if fault.CodeOf(err) == fault.CodeForbidden {
		word, pass, r.changed = "new", changedPassphrase, true
		s, err = service.Open(ctx, r.path(), service.Options{Passphrase: pass, As: "PER-0001"})
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Check(ctx, nil)
	if err != nil || !c.Sound {
		t.Fatal(err, c.Problems)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "passphrase %s, %d entries", word, c.Entries)
	workflows, err1 := s.Workflows(ctx)
	certificates, err2 := s.Certificates(ctx)
	keys, err3 := s.Keys(ctx)
	sources, err4 := s.Sources(ctx, "")
	findings, err5 := s.Findings(ctx, "")
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, ", %d workflows, keys %d\ncertificates", len(workflows), len(keys))
	for _, x := range certificates {
		fmt.Fprintf(&b, " %s %s", x.Number, x.Status)
	}
	b.WriteString("\nimports")
	for _, x := range sources {
		fmt.Fprintf(&b, " %s %s %d", x.Ref, x.State, x.New)
	}
	b.WriteString("\nfindings")
	for _, x := range findings.Findings {
		fmt.Fprintf(&b, " %s %s %d/%d/%d", x.WorkflowRef, x.Code, x.Open, x.Explained, x.Accepted)
	}
	return b.String()
}

// whole sees that a file which the command made is whole; must says that it has to be there.
func (r *copied) whole(t *testing.T, k killed, must bool) {
	t.Helper()
	if k.made == "" {
		return
	}
	if _, err := os.Stat(filepath.Join(r.dir, k.made)); err != nil {
		if must {
			t.Fatal(k.name, err)
		}
		return
	}
	c := r.command(k.see)
	if !slices.Contains(k.see, "check") { // needs no register, and with one says more
		c.Args = append(c.Args[:1], c.Args[5:]...)
	}
	out, err := c.CombinedOutput()
	if k.says == "" && err != nil || !strings.Contains(string(out), k.says) {
		t.Fatalf("%s made a file that is not whole: %v %s", k.name, err, out)
	}
}

// clear takes away what the killed command made, for the next attempt makes it again.
func (r *copied) clear(k killed) {
	if k.made != "" {
		os.Remove(filepath.Join(r.dir, k.made))
	}
	os.Remove(filepath.Join(r.dir, "opened.assay"))
}
