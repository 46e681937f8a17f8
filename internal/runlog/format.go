package runlog

import (
	"io"
	"slices"
	"strings"
)

// Name is what people, mappings and the register call a format.
type Name string

// The names of the formats; formats says what each is.
const (
	RunAudit      Name = "run-audit"
	CSV           Name = "csv"
	XLSX          Name = "xlsx"
	ODS           Name = "ods"
	XES           Name = "xes"
	OCELJSON      Name = "ocel-json"
	OCELXML       Name = "ocel-xml"
	OCELSQLite    Name = "ocel-sqlite"
	SQLite        Name = "sqlite"
	Parquet       Name = "parquet"
	OTLP          Name = "otlp-json"
	AgentAudit    Name = "agent-audit"
	Langfuse      Name = "langfuse"
	LangSmith     Name = "langsmith"
	PowerAutomate Name = "power-automate"
	MLflow        Name = "mlflow"
	Airflow       Name = "airflow"
	Temporal      Name = "temporal"
	JSONMap       Name = "json"
)

// Format is one way in which runs are written down. A new one is a file of its
// own with its reader, and a line in formats: everything else (finding it by
// content, the help of the command line, the page's options, the words for a
// place in it) comes from here.
type Format struct {
	Name  Name
	Title string // for people: "XES event log"
	Table bool   // rows and columns, which a mapping explains
	Whole bool   // a record is a whole run: what it lacks, the run lacks

	// Unit and Item are the words for a place in the file: "trace 3, event 7".
	// Without Item, the unit alone is named.
	Unit, Item string

	// Sniff tells from a file's beginning whether it is of this format; nil for
	// one that is found otherwise.
	Sniff func(h *Head) Certainty
	// Member is the file inside that makes a zip be of this format as a whole
	// (a workbook is one); the reader finds the archive as s.in.zip.
	Member string
	// Read gives every run of r, which is UTF-8, to s: s.next, and then s.keep
	// or s.refuse. Event logs use a gatherer or assembler (events.go), tables
	// readTable (csv.go).
	Read func(r io.Reader, o Options, s *sink) error

	// Write begins an export of this format; nil where runs are not exported so.
	Write func(e *Exporter, dir string) error
	Ext   string // end of an exported file's name
	Use   string // what such an export is for, one sentence
}

// formats is the registry. Where several are equally certain that a file is
// theirs, the first has it.
var formats []*Format

func init() { // a literal would refer to itself: readers word places by their format
	formats = []*Format{
		runAuditFormat,
		csvFormat,
		xlsxFormat,
		odsFormat,
		sqliteFormat,
		parquetFormat,
		xesFormat,
		ocelJSONFormat,
		ocelXMLFormat,
		ocelSQLiteFormat,
		otlpFormat,
		agentAuditFormat,
		langSmithFormat,
		langfuseFormat,
		powerAutomateFormat,
		mlflowFormat,
		airflowFormat,
		temporalFormat,
		jsonMapFormat,
	}
}

// Formats are those that can be read, in the order in which they are listed.
func Formats() []*Format { return slices.Clone(formats) }

// Written are the formats that runs are exported in.
func Written() (out []*Format) {
	for _, f := range formats {
		if f.Write != nil {
			out = append(out, f)
		}
	}
	return out
}

// Names lists the names of formats as a sentence has them: "csv, xes or xlsx".
func Names(list []*Format) string {
	var names []string
	for _, f := range list {
		names = append(names, string(f.Name))
	}
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " or " + names[n]
	}
	return strings.Join(names, "")
}

// ByName is the format of that name; nil where there is none.
func ByName(n Name) *Format {
	for _, f := range formats {
		if f.Name == n {
			return f
		}
	}
	return nil
}

// IsTable tells whether n is a format whose columns a mapping explains.
func IsTable(n Name) bool {
	f := ByName(n)
	return f != nil && f.Table
}
