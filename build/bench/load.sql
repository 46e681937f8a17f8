-- Loads the runs into the sqlite3 command line as it would be done by hand:
-- tables, then the files, then the same indexes as DuckDB has.
CREATE TABLE runs (run_id TEXT, sequence INTEGER, workflow TEXT, workflow_version TEXT, model_version TEXT, prompt_version TEXT, started TEXT, ended TEXT,
  outcome TEXT, segment TEXT, step_name TEXT, step_actor TEXT, step_ended TEXT, output_text TEXT, recommendation TEXT, confidence REAL, reasoning TEXT);
CREATE TABLE decisions (run_id TEXT, i INTEGER, gate TEXT, prepared_by TEXT, presented TEXT, decided TEXT, account TEXT, code TEXT, reason TEXT);
.mode csv
.import --skip 1 "RUNS.csv" runs
.import --skip 1 "DECISIONS.csv" decisions
CREATE UNIQUE INDEX runs_id ON runs (run_id);
CREATE INDEX runs_time ON runs (workflow, started);
