#!/usr/bin/env bash
# fastparquet writes a length of time (timedelta) as Parquet's TIME, which is a time of day: 30 hours 5 minutes stand in the
# file as a time beyond 24 hours, which the format does not have, and pyarrow gives it as 06:05 without a word. pyarrow itself
# writes lengths of time as plain INT64, so that their unit is in the metadata of pandas only.
# Seen with fastparquet 2026.9.0, pandas 3.1.1 and pyarrow 26.0.1.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv v
v/bin/pip -q install fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1
cat > t.py <<'P'
import datetime as dt

import fastparquet
import pandas as pd
import pyarrow.parquet as pq

df = pd.DataFrame({"took": [dt.timedelta(hours=30, minutes=5)]})
fastparquet.write("f.parquet", df)
df.to_parquet("p.parquet", engine="pyarrow")
f, p = pq.ParquetFile("f.parquet").schema.column(0), pq.ParquetFile("p.parquet").schema.column(0)
print("fastparquet:", f.logical_type, "  pyarrow:", p.physical_type, p.logical_type)
assert "Time(" in str(f.logical_type) and str(p.logical_type) == "None" and p.physical_type == "INT64"
read = pq.read_table("f.parquet")["took"][0].as_py()
print("read by pyarrow:", read)
assert read == dt.time(6, 5)
P
v/bin/python t.py
