"""Loads a run audit into DuckDB as somebody would who wants to ask it questions: a table of runs and one of
decisions, with the index on the identifier, which is unique, and one on workflow and time.

    python duckdb.py RUNS.jsonl DATABASE
"""

import sys

sys.path.pop(0)  # this folder, in which this file has the library's name
import duckdb  # noqa: E402

file, database = sys.argv[1:]
db = duckdb.connect(database)
# The first line is the header of the run audit: it has no run_id.
db.execute(
    """CREATE TABLE staged AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = {
  run_id: 'VARCHAR', sequence: 'BIGINT', workflow: 'VARCHAR', workflow_version: 'VARCHAR', model_version: 'VARCHAR',
  prompt_version: 'VARCHAR', started: 'TIMESTAMP', ended: 'TIMESTAMP', outcome: 'VARCHAR', segment: 'VARCHAR',
  steps: 'STRUCT(name VARCHAR, actor VARCHAR, actor_kind VARCHAR, ended TIMESTAMP)[]',
  outputs: 'STRUCT("text" VARCHAR, recommendation VARCHAR, confidence DOUBLE, reasoning VARCHAR)[]',
  decisions: 'STRUCT(gate VARCHAR, prepared_by VARCHAR, presented TIMESTAMP, decided TIMESTAMP, account VARCHAR,
    code VARCHAR, reason VARCHAR)[]'
}) WHERE run_id IS NOT NULL""",
    [file],
)
db.execute("CREATE TABLE decisions AS SELECT run_id, unnest(decisions, recursive := true) FROM staged")
db.execute("ALTER TABLE staged DROP COLUMN decisions")
db.execute("ALTER TABLE staged RENAME TO runs")
db.execute("CREATE UNIQUE INDEX runs_id ON runs (run_id)")
db.execute("CREATE INDEX runs_time ON runs (workflow, started)")
db.execute("CHECKPOINT")
runs, decisions = db.execute("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM decisions)").fetchone()
print(f"{runs} runs, {decisions} decisions")
db.close()
