# packages: duckdb==2.0.1
# mapping: table.yaml
# story: CT/26/00017: asked, approved by e.haldane
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked, approved by e.haldane
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shared"))
from table import columns, rows  # noqa: E402

out = sys.argv[1]
import duckdb

db = duckdb.connect()
db.execute("""CREATE TABLE t("Case" VARCHAR, Asked TIMESTAMP, Answered TIMESTAMP, Officer VARCHAR, Answer VARCHAR, Reason VARCHAR)""")
db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", rows)
db.execute(f"COPY t TO '{out}/export.parquet' (FORMAT parquet)")
