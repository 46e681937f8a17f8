#!/usr/bin/env bash
# pandas 3 holds whole seconds (datetime64[s]) for dates without a time. fastparquet writes such a column as timestamps of
# milliseconds without changing the numbers: every reader then sees days of January 1970, and no error is raised.
# Seen with fastparquet 2026.9.0 and pandas 3.1.1, read by pyarrow 26.0.1: 2026-04-07 becomes 1970-01-01 00:29:35.520.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv v
v/bin/pip -q install fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1
cat > t.py <<'P'
import datetime as dt

import fastparquet
import pandas as pd
import pyarrow.parquet as pq

df = pd.DataFrame({"day": pd.to_datetime(pd.Series([dt.date(2026, 4, 7)]))})
fastparquet.write("x.parquet", df)
t = pq.read_table("x.parquet")
print("written:", df["day"].dtype, df["day"][0], "read:", t.schema.field("day").type, t["day"][0].as_py())
assert str(df["day"].dtype) == "datetime64[s]" and t["day"][0].as_py().year == 1970
P
v/bin/python t.py
