// Loads a run audit into DuckDB as somebody would who wants to ask it
// questions: a table of runs and one of decisions, with the index on the
// identifier, which is unique, and one on workflow and time.
//
//   node duckdb.mjs RUNS.jsonl DATABASE
import { DuckDBInstance } from '@duckdb/node-api'

const [file, database] = process.argv.slice(2)
const instance = await DuckDBInstance.create(database)
const db = await instance.connect()
const quoted = file.replaceAll("'", "''")
// The first line is the header of the run audit: it has no run_id.
await db.run(`CREATE TABLE staged AS SELECT * FROM read_json('${quoted}', format = 'newline_delimited', columns = {
  run_id: 'VARCHAR', sequence: 'BIGINT', workflow: 'VARCHAR', workflow_version: 'VARCHAR', model_version: 'VARCHAR', prompt_version: 'VARCHAR',
  started: 'TIMESTAMP', ended: 'TIMESTAMP', outcome: 'VARCHAR', segment: 'VARCHAR',
  steps: 'STRUCT(name VARCHAR, actor VARCHAR, actor_kind VARCHAR, ended TIMESTAMP)[]',
  outputs: 'STRUCT("text" VARCHAR, recommendation VARCHAR, confidence DOUBLE, reasoning VARCHAR)[]',
  decisions: 'STRUCT(gate VARCHAR, prepared_by VARCHAR, presented TIMESTAMP, decided TIMESTAMP, account VARCHAR, code VARCHAR, reason VARCHAR)[]'
}) WHERE run_id IS NOT NULL`)
await db.run(`CREATE TABLE decisions AS SELECT run_id, unnest(decisions, recursive := true) FROM staged`)
await db.run(`ALTER TABLE staged DROP COLUMN decisions`)
await db.run(`ALTER TABLE staged RENAME TO runs`)
await db.run(`CREATE UNIQUE INDEX runs_id ON runs (run_id)`)
await db.run(`CREATE INDEX runs_time ON runs (workflow, started)`)
await db.run(`CHECKPOINT`)
const counts = await db.runAndReadAll(`SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM decisions)`)
console.log(counts.getRows()[0].join(' runs, ') + ' decisions')
db.closeSync()
instance.closeSync()
