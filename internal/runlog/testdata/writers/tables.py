"""Makes the tables in this folder; see README.md. Needs pandas 3.1.1, odfpy 1.4.1, openpyxl 3.1.5, pyarrow 26.0.1,
fastparquet 2026.9.0, polars 2.1.0 and duckdb 2.0.1; the names are invented."""
import datetime as dt, sqlite3, os

import pandas as pd

rows = [
    # ref, presented, decided, officer, outcome, urgent, took, day, note
    ("000123", dt.datetime(2026, 4, 7, 9, 0), dt.datetime(2026, 4, 7, 9, 2, 30), "j.shaw", "approved", True,
     dt.timedelta(hours=30, minutes=5), dt.date(2026, 4, 7), "checked\ntwice"),
    ("000124", dt.datetime(2026, 4, 7, 10, 0), dt.datetime(2026, 4, 7, 10, 0, 45), "r.bose", "rejected", False,
     dt.timedelta(minutes=5), dt.date(2026, 4, 7), None),
    ("26/01234", dt.datetime(2026, 6, 1, 14, 0), dt.datetime(2026, 6, 1, 14, 3), "j.shaw", "approved", True,
     dt.timedelta(seconds=45), dt.date(2026, 6, 1), "a < b & c"),
]
names = ["Ref", "Presented", "Decided", "Officer", "Outcome", "Urgent", "Took", "Day", "Note"]
df = pd.DataFrame(rows, columns=names)


def sheets():
    df.to_excel("pandas.ods", engine="odf", index=False, sheet_name="Decisions")
    import openpyxl
    from openpyxl.workbook import Workbook

    book = Workbook()
    old = book.active
    old.title = "Old"
    old.append(["Nothing", "here"])
    old.sheet_state = "hidden"
    s = book.create_sheet("Decisions")
    s.append(names + ["Score"])
    for i, r in enumerate(rows):
        s.append(list(r) + [["=1/4+0.5", "=1/0", 0.25][i]])
        s.cell(i + 2, 7).number_format = "[h]:mm:ss"
    s.row_dimensions[3].hidden = True
    s["D2"].comment = openpyxl.comments.Comment("not part of the cell", "x")
    book.active = 1
    book.save("book.xlsx")
    os.system("soffice --headless --convert-to ods --outdir . book.xlsx >/dev/null && mv book.ods libreoffice.ods")
    os.system("ssconvert -T Gnumeric_OpenCalc:openoffice book.xlsx gnumeric.ods >/dev/null 2>&1")
    os.remove("book.xlsx")


def parquets():
    flat = df.copy()
    flat["Case id"] = [9007199254740993, 9007199254740995, 9007199254740997]
    flat["Score"] = [0.5, None, 0.25]
    flat["Flags"] = [["late", "phone"], [], None]
    flat["Review"] = [{"by": r[3], "at": r[2]} for r in rows]
    flat["UTC"] = pd.to_datetime(flat["Decided"]).dt.tz_localize("Europe/London")
    flat["Midnight"] = pd.to_datetime(flat["Day"])
    flat["Outcome"] = flat["Outcome"].astype("category")
    flat.to_parquet("pandas.parquet", engine="pyarrow", index=False)
    flat.drop(columns=["Flags", "Review", "Day"]).to_parquet("fastparquet.parquet", engine="fastparquet", index=False)

    import duckdb
    import polars as pl

    pl.read_parquet("pandas.parquet").write_parquet("polars.parquet")
    duckdb.sql("COPY (SELECT * FROM 'pandas.parquet') TO 'duckdb.parquet' (FORMAT parquet, COMPRESSION zstd)")


def kinds():
    """One row group a row, none for the first: every type that a writer has and the table above has not."""
    import datetime as dt
    from decimal import Decimal

    import duckdb
    import fastparquet
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = [dt.datetime(2026, 4, 7, 9, 0, 0, 123456), dt.datetime(2026, 6, 1, 14, 3), None]
    answers = [
        [{"by": "j.shaw", "said": "no", "at": at[0]}, {"by": "r.bose", "said": "yes", "at": at[1]}],
        [{"by": "Shaw, J.", "said": "yes", "at": at[1]}],
        [],
    ]
    t = pa.table({
        "Case": ["A1", "A2", "A3"], "answers": answers, "Received": [dt.datetime(2026, 4, 1, 8, d) for d in (1, 2, 3)],
        "Officers": [["j.shaw", "r.bose"], ["Shaw, J."], ["r.bose", None]],
        "Nested": [[["a", "b"], ["c"]], [[]], None],
        "Half": pa.array([1.5, -2.0, None], pa.float16()),
        "Ns": pa.array([1775552400123456789, 1775552400000000001, None], pa.timestamp("ns")),
        "Large": pa.array([2**64 - 1, 0, None], pa.uint64()), "None": pa.nulls(3),
        "D9": pa.array([Decimal("12.50"), Decimal("-0.05"), None], pa.decimal128(9, 2)),
        "D18": pa.array([Decimal("12.50"), Decimal("-0.05"), None], pa.decimal128(18, 3)),
        "D70": pa.array([Decimal("12.50"), Decimal("-0.05"), None], pa.decimal256(70, 5)),
    })  # fmt: skip
    with pq.ParquetWriter("pyarrow-kinds.parquet", t.schema, data_page_version="2.0", compression="lz4") as w:
        for i, n in [(0, 0), (0, 1), (1, 1), (0, 0), (2, 1)]:
            w.write_table(t.slice(i, n))
    pl.from_arrow(t.select(["Case", "Received", "answers", "Officers", "Nested", "Ns", "D18"])).write_parquet("polars-kinds.parquet")
    con = duckdb.connect()
    con.execute("set threads to 1")
    con.register("t", t.select(["Case", "Received", "answers", "Officers", "Nested", "Ns", "D18"]))
    con.sql("SELECT *, INTERVAL 30 MINUTE AS Took, INTERVAL 1 MONTH AS Month FROM t").write_parquet(
        "duckdb-kinds.parquet", compression="brotli")  # fmt: skip
    old = pd.DataFrame({"Case": ["A1", "A2"], "At": pd.to_datetime(["2026-04-07 09:00:00.123456789", "2026-06-01 14:03"],
                                                                   format="ISO8601")})  # fmt: skip
    fastparquet.write("fastparquet-int96.parquet", old, times="int96")
    fastparquet.write("fastparquet-lz4.parquet", old, compression="LZ4")


if __name__ == "__main__":
    kinds()
    parquets()
    sheets()
