#!/usr/bin/env bash
# OCEL 2.0 in SQLite gives each table of an object type a column ocel_time, of when its attributes hold. pm4py leaves the
# column out of the tables of objects that never change, so that a reader which selects it by name fails on the whole file.
# Seen with pm4py 2.7.23.11.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv v
v/bin/pip -q install pm4py==2.7.23.11
cat > t.py <<'P'
import sqlite3

import pandas as pd
import pm4py

rows = pd.DataFrame({"a": ["decide"], "t": pd.to_datetime(["2026-06-01T09:20:00Z"]), "case": ["A1"]})
log = pm4py.convert_log_to_ocel(rows, activity_column="a", timestamp_column="t", object_types=["case"])
pm4py.write_ocel2_sqlite(log, "x.sqlite")
c = sqlite3.connect("x.sqlite")
columns = {t: [r[1] for r in c.execute(f"pragma table_info('{t}')")] for t in ("object_Case", "event_Decide")}
print(columns)
assert "ocel_time" in columns["event_Decide"] and "ocel_time" not in columns["object_Case"]
P
v/bin/python t.py 2>/dev/null | tail -1
