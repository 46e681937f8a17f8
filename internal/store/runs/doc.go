// Package runs keeps what was imported: every run with the place in the file
// where it stands, what the tests found on it, and the sums behind each
// screen, so that ten million runs are answered as quickly as ten.
//
// The SQL here is written by hand, apart from the register's generated queries:
// an import writes millions of rows through a handful of statements, and lists
// put their conditions together from what a person filters by. The tables are
// those of sql/migrations/00002_runs.sql.
//
// # Where a run lies
//
// A row of run_record has what lists, joins and filters look at: workflow, import, time,
// outcome, segment, line, identifier and digest. Everything else lies in blocks of some
// thousand runs, compressed: bodies, whose form is in packed.go, and texts; see blocks.go.
// run_key finds a run by its identifier, and run_part puts together what came in parts.
//
// # Content
//
// A run is the same run when its workflow and the platform's identifier are
// the same. Its content is its canonical form (AppendCanonical), whose SHA-256
// is kept with it. The same run with the same content is counted and skipped;
// with other content it becomes a LOG-02 finding, and what was held stands.
//
// # Rollups
//
// The tables run_total, run_day, run_segment, run_gate_day, run_segment_gate,
// run_officer_month, run_version and run_account hold package oversight's Stream,
// run_finding_day and run_group_finding what is found on single runs,
// of each workflow. An import merges its own runs' Stream into the rows that it
// touches and reads no earlier run; Check computes all of it again from the
// runs and compares.
package runs
