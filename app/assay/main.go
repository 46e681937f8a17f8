// Command assay does from a terminal what the window does: it keeps a register
// of AI governance, imports run exports, issues certificates and evidence packs,
// and verifies them, without a display and without the network.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"assay/internal/fault"
	"assay/internal/runlog"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitDone    = 0 // done and sound
	exitWrong   = 1 // done, and found wrong
	exitUsage   = 2 // usage, or unreadable input
	exitRefused = 3 // refused: locked, wrong passphrase, newer file, requirement not met
)

// errFoundWrong ends a command that worked and found something wrong; what it
// found has been printed.
var errFoundWrong = errors.New("found wrong")

// Globals are the flags that every command takes.
type Globals struct {
	JSON           bool        `name:"json"                help:"Print one JSON object on standard output, for programs."`
	Register       string      `name:"register"            help:"The register to work on."                                                                                             short:"w" placeholder:"FILE"     env:"ASSAY_REGISTER"`
	As             string      `                           help:"Who is at the keyboard; needed where several people keep the register."                                                         placeholder:"PER-0001"`
	PassphraseFile string      `                           help:"File whose first line is the register's passphrase (otherwise ASSAY_PASSPHRASE, or a prompt)."                                  placeholder:"FILE"`
	KeyFile        string      `name:"key-passphrase-file" help:"File whose first line is the signing key's passphrase (otherwise ASSAY_KEY_PASSPHRASE, the register's, or a prompt)."           placeholder:"FILE"`
	RecoveryFile   string      `name:"recovery-file"       help:"File with the 24 words of the recovery key: opens a register whose passphrase is lost, and gives it a new one first."           placeholder:"FILE"`
	Verbose        bool        `                           help:"Say also what caused a failure."`
	Version        versionFlag `                           help:"Print the version and exit."`
}

type cli struct {
	Globals
	Demo        demoCmd        `cmd:"" help:"Do the whole main job on the sample council; print each file it made."`
	New         newCmd         `cmd:"" help:"Make a new register."`
	Apply       applyCmd       `cmd:"" help:"Add or update policies, workflows, gates, risks and schedules from a YAML file; doing it twice changes nothing."`
	Import      importCmd      `cmd:"" help:"Import run exports into a workflow, or see what they would bring (--dry-run)."`
	ImportList  importListCmd  `cmd:"" help:"Take people, an inventory of AI systems, policies, a risk register or attestations in from a spreadsheet."`
	Findings    findingsCmd    `cmd:"" help:"List what the imported runs show about human oversight."`
	Finding     findingCmd     `cmd:"" help:"Explain findings, accept them, or turn them into an action."`
	ExplainRun  explainRunCmd  `cmd:"" help:"Draft a letter that explains one run to the person whom it affected."`
	CaseFile    caseFileCmd    `cmd:"" help:"Gather the file of one case: run, what was declared, policies, training and certificates of its day, and a draft of the letter."`
	Score       scoreCmd       `cmd:"" help:"Show how the organisation, or one workflow, stands against every requirement."`
	System      systemCmd      `cmd:"" help:"Show how the management system as a whole stands, or draft the inputs of a management review."`
	Flow        flowCmd        `cmd:"" help:"Begin from, write and share supported flows: what a kind of AI workflow usually looks like."`
	SoA         soaCmd         `cmd:"" help:"Take a Statement of Applicability from a spreadsheet."                                                                                 name:"soa"`
	Form        formCmd        `cmd:"" help:"Write impact assessments, equality analyses and the dossier on human involvement."`
	Certificate certificateCmd `cmd:"" help:"Issue, list, show, revoke governance certificates."`
	Pack        packCmd        `cmd:"" help:"Write an evidence pack."`
	Verify      verifyCmd      `cmd:"" help:"Verify certificates, packs and seals."`
	Key         keyCmd         `cmd:"" help:"Make, import, list and revoke signing keys."`
	Coverage    coverageCmd    `cmd:"" help:"Show what the imported runs can show about each gate and control, and what they cannot."`
	Depth       depthCmd       `cmd:"" help:"Ask how closely people looked: unchanged, read in time, over a shift, by a second reader."`
	Compare     compareCmd     `cmd:"" help:"Set two periods or two workflows side by side, or ask whether an action helped."`
	Search      searchCmd      `cmd:"" help:"Search what the AI wrote, its reasoning, and the reasons for people's decisions."`
	Purge       purgeCmd       `cmd:"" help:"Purge the personal data of an import, keeping its proofs; or list those whose retention period has passed."`
	Sample      sampleCmd      `cmd:"" help:"Draw runs of a workflow for a person to read, so that anybody can draw the same again."`
	List        listCmd        `cmd:"" help:"List workflows, policies, people, imports or what is due."`
	Activity    activityCmd    `cmd:"" help:"Show the activity log."`
	Export      exportCmd      `cmd:"" help:"Export the trust file, lists of what was withdrawn, runs, a transparency record, a plain database, or the page that checks documents."`
	Backup      backupCmd      `cmd:"" help:"Write a verified copy of the register."`
	Passphrase  passphraseCmd  `cmd:"" help:"Change the register's passphrase; its key stays."`
	RecoveryKey recoveryKeyCmd `cmd:"" help:"Make a new recovery key; the one before opens the register no more."`
	Rekey       rekeyCmd       `cmd:"" help:"Give the register a new key, passphrase and recovery key."`
	Restore     restoreCmd     `cmd:"" help:"Restore a register from a backup, beside what is there."`
	Handover    handoverCmd    `cmd:"" help:"Hand a register to somebody else to work on, and take their changes back."`
	Portfolio   portfolioCmd   `cmd:"" help:"Keep how several registers stand in one encrypted file, and see them side by side."`
	Salvage     salvageCmd     `cmd:"" help:"Bring out what can be read of a damaged register, without touching it."`
	Check       checkCmd       `cmd:"" help:"Recompute everything that the register claims of itself: file, log, documents."`
	Version     versionCmd     `cmd:"" help:"Print the version, the commit and what it was built with."`
	Schema      schemaCmd      `cmd:"" help:"Print the JSON Schema of a file that Assay reads."`
	Log         logCmd         `cmd:"" help:"Show others what the activity log holds: signed heads, keys, proofs, timestamps."`
	Witness     witnessCmd     `cmd:"" help:"Have somebody outside countersign the log's head, or countersign other people's."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without the process: arguments in, exit code out.
func run(ctx context.Context, args []string, in *os.File, out, errOut io.Writer) (code int) {
	var c cli
	e := &env{out: out, err: errOut, in: in}
	defer func() {
		if p := recover(); p != nil {
			if c, ok := p.(exited); ok {
				code = int(c)
				return
			}
			panic(p)
		}
	}()
	parser, err := kong.New(
		&c,
		kong.Name("assay"),
		kong.Vars{"formats": runlog.Names(runlog.Formats()), "written": runlog.Names(runlog.Written()),
			"mappings": strings.Join(runlog.ShippedNames(), ", ")},
		kong.UsageOnError(),
		kong.Writers(out, errOut),
		kong.Exit(func(c int) { panic(exited(c)) }),
		kong.Description(
			"Assay assesses how an organisation governs its AI: it keeps the register, reads what the AI "+
				"workflows did, and issues certificates and evidence packs that anybody can check.",
		),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		fmt.Fprintln(errOut, "assay:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errOut, "assay: %s (assay --help lists the commands)\n", oneLine(err.Error()))
		return exitUsage
	}
	e.Globals = c.Globals
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(ctx, (*context.Context)(nil))
	return e.report(k.Run(e))
}

type exited int

// report prints a failure and turns it into an exit code.
func (e *env) report(err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errFoundWrong) {
		return exitWrong
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Internal(err)
	}
	fmt.Fprintln(e.err, "assay:", visible(f.Error()))
	if len(f.Fields) > 1 || len(f.Fields) == 1 && f.Fields[0].Message != f.Message {
		for _, x := range f.Fields {
			fmt.Fprintf(e.err, "  %s: %s\n", x.Name, visible(x.Message))
		}
	}
	if cause := errors.Unwrap(f); f.Code == fault.CodeInternal || e.Verbose && cause != nil {
		fmt.Fprintln(e.err, "  cause:", cause)
	}
	if e.JSON {
		e.json(map[string]any{"error": f})
	}
	switch f.Code {
	case fault.CodeTampered:
		return exitWrong
	case fault.CodeForbidden, fault.CodeConflict:
		return exitRefused
	}
	return exitUsage
}
