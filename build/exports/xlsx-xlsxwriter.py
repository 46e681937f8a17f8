# packages: XlsxWriter==3.3.1
# mapping: table.yaml
# story: CT/26/00017: asked, approved by e.haldane
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked, approved by e.haldane
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shared"))
from table import columns, rows  # noqa: E402

out = sys.argv[1]
import xlsxwriter

book = xlsxwriter.Workbook(out + "/export.xlsx")
sheet = book.add_worksheet()
date = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
sheet.write_row(0, 0, columns)
for i, r in enumerate(rows):
    for j, v in enumerate(r):
        if j in (1, 2):
            sheet.write_datetime(i + 1, j, v, date)
        elif v is not None:
            sheet.write_string(i + 1, j, v)
book.close()
