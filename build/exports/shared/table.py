"""The one table that the cases about tables write."""
import datetime as dt

columns = ["Case", "Asked", "Answered", "Officer", "Answer", "Reason"]
rows = [
    ("CT/26/00017", dt.datetime(2026, 6, 1, 9, 0), dt.datetime(2026, 6, 1, 9, 20, 30), "e.haldane", "Approve", "Checked"),
    ("CT/26/00018", dt.datetime(2026, 6, 1, 10, 0), dt.datetime(2026, 6, 2, 8, 5), "i.chowdhury", "Reject", None),
    ("CT/26/00019", dt.datetime(2026, 6, 13, 23, 59), dt.datetime(2026, 6, 14, 0, 1), "e.haldane", "Approve", "a < b"),
]
