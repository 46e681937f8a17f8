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


if __name__ == "__main__":
    parquets()
    sheets()
