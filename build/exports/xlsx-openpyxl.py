# packages: openpyxl==3.1.5
# mapping: table.yaml
# story: CT/26/00017: asked, approved by e.haldane
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked, approved by e.haldane
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shared"))
from table import columns, rows  # noqa: E402

out = sys.argv[1]
from openpyxl import Workbook

book = Workbook()
sheet = book.active
sheet.append(columns)
for r in rows:
    sheet.append(r)
book.save(out + "/export.xlsx")
