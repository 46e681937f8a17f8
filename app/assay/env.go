package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/machine"
	"assay/internal/service"
)

// env is what a command works with.
type env struct {
	Globals
	out, err io.Writer
	in       *os.File
}

// table prints rows in columns.
func (e *env) table(head string, rows func(row func(format string, args ...any))) {
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	if head != "" {
		cells := strings.Split(head, "\t") // which a form, or a client, may have named
		for i := range cells {
			cells[i] = visible(cells[i])
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	rows(func(format string, args ...any) { fmt.Fprintf(w, format+"\n", harmless(args)...) })
	w.Flush()
}

// newPassphrase asks for a passphrase twice where it is typed.
func (e *env) newPassphrase() (string, error) {
	pass, err := e.passphrase(e.PassphraseFile, "ASSAY_PASSPHRASE", "New passphrase: ")
	if err != nil || e.PassphraseFile != "" || os.Getenv("ASSAY_PASSPHRASE") != "" || !term.IsTerminal(int(e.in.Fd())) {
		return pass, err
	}
	again, err := e.passphrase("", "", "The same again: ")
	if err == nil && again != pass {
		err = fault.Invalid("passphrase", "The two passphrases differ; try again.")
	}
	return pass, err
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "no time"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func date(field, s string) (civil.Date, error) {
	d, err := civil.Parse(s)
	if err != nil {
		return "", fault.Invalid(field, err.Error()+".")
	}
	return d, nil
}

// otherPassphrase asks for the passphrase that a register is to have from now on, twice where it is typed.
func (e *env) otherPassphrase(file string) (string, error) {
	passphrase, err := e.passphrase(file, "ASSAY_NEW_PASSPHRASE", "New passphrase of the register: ")
	if err != nil || file != "" || os.Getenv("ASSAY_NEW_PASSPHRASE") != "" {
		return passphrase, err
	}
	again, err := e.passphrase("", "", "The same again: ")
	if err == nil && again != passphrase {
		err = fault.Invalid("passphrase", "The two passphrases differ; try again.")
	}
	return passphrase, err
}

// rootPassphrase is that of the organisation's root key: its own, or the signing key's.
func (e *env) rootPassphrase() (string, error) {
	if v := os.Getenv("ASSAY_ROOT_PASSPHRASE"); v != "" {
		return v, nil
	}
	return e.keyPassphrase()
}

// say prints for people; with --json messages go to standard error.
func (e *env) say(format string, args ...any) {
	w := e.out
	if e.JSON {
		w = e.err
	}
	fmt.Fprintf(w, format+"\n", harmless(args)...)
}

// harmless keeps texts from an import, which may hold anything, from working
// the terminal: control characters and those that turn the direction of
// writing are shown as what they are.
func harmless(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		if s, ok := a.(string); ok {
			out[i] = visible(s)
		}
	}
	return out
}

func visible(s string) string {
	works := func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || r == utf8.RuneError || '\u202a' <= r && r <= '\u202e' ||
			'\u2066' <= r && r <= '\u2069'
	}
	if !strings.ContainsFunc(s, works) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case works(r):
			fmt.Fprintf(&b, "<%04x>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (e *env) json(v any) {
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a closed pipe is the reader's choice
}

// answer prints v with --json, and otherwise what people does.
func (e *env) answer(v any, people func()) {
	if e.JSON {
		e.json(v)
		return
	}
	people()
}

// open opens the register of -w.
func (e *env) open(ctx context.Context) (*service.Service, error) {
	if e.Register == "" {
		return nil, fault.Invalid("register", "Name the register with -w FILE.")
	}
	if e.RecoveryFile != "" {
		return e.recover(ctx, "")
	}
	pass, err := e.passphraseFor(e.Register)
	if err != nil {
		return nil, err
	}
	s, err := service.Open(ctx, e.Register,
		service.Options{Passphrase: pass, As: e.As, Heads: machine.HeadsIn(machine.Dir())})
	if err != nil {
		return nil, err
	}
	warnings, err := s.Warnings(ctx)
	for _, w := range warnings {
		fmt.Fprintln(e.err, "assay: warning:", w)
	}
	return s, err
}

// recover opens the register with its recovery key and gives it the passphrase that is in
// newPassphraseFile, or that is asked for.
func (e *env) recover(ctx context.Context, newPassphraseFile string) (*service.Service, error) {
	words, err := os.ReadFile(e.RecoveryFile)
	if err != nil {
		return nil,
			fault.New(fault.CodeUnreadable, "The file %s with the recovery key cannot be read.", e.RecoveryFile).
				Because(err)
	}
	passphrase, err := e.otherPassphrase(newPassphraseFile)
	if err != nil {
		return nil, err
	}
	s, err := service.Recover(ctx, e.Register, string(words), passphrase,
		service.Options{As: e.As, Heads: machine.HeadsIn(machine.Dir())})
	if err == nil {
		fmt.Fprintln(e.err, "assay: the register has a new passphrase.")
	}
	return s, err
}

// with opens the register, runs f on it and closes it.
func (e *env) with(ctx context.Context, f func(*service.Service) error) error {
	s, err := e.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(s), s.Close())
}

func (e *env) passphraseFor(path string) (string, error) {
	if !service.NeedsPassphrase(path) {
		return "", nil
	}
	return e.passphrase(e.PassphraseFile, "ASSAY_PASSPHRASE", "Passphrase of the register: ")
}

// keyPassphrase is the passphrase of a signing key: its own, or the register's
// where no other is given.
func (e *env) keyPassphrase() (string, error) {
	switch {
	case e.KeyFile != "" || os.Getenv("ASSAY_KEY_PASSPHRASE") != "":
		return e.passphrase(e.KeyFile, "ASSAY_KEY_PASSPHRASE", "")
	case e.PassphraseFile != "" || os.Getenv("ASSAY_PASSPHRASE") != "":
		return e.passphrase(e.PassphraseFile, "ASSAY_PASSPHRASE", "")
	}
	return e.passphrase("", "", "Passphrase of the signing key: ")
}

// passphrase takes a passphrase from a file, the environment or a prompt; never
// from an argument, which other people's process lists would show.
func (e *env) passphrase(file, variable, prompt string) (string, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fault.New(fault.CodeUnreadable, "The passphrase file %s cannot be read.", file).Because(err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimSuffix(line, "\r"), nil
	}
	if v := os.Getenv(variable); variable != "" && v != "" {
		return v, nil
	}
	if e.in == nil || !term.IsTerminal(int(e.in.Fd())) {
		return "", fault.Forbidden("A passphrase is needed: give it with --passphrase-file or %s.",
			cmp.Or(variable, "ASSAY_PASSPHRASE"))
	}
	fmt.Fprint(e.err, prompt)
	b, err := term.ReadPassword(int(e.in.Fd()))
	fmt.Fprintln(e.err)
	if err != nil {
		return "", fault.Forbidden("No passphrase was entered.").Because(err)
	}
	return string(b), nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
