# packages: sqlite-utils==4.2.1
# mapping: table.yaml
# story: CT/26/00017: asked, approved by e.haldane
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked, approved by e.haldane
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shared"))
from table import columns, rows  # noqa: E402

out = sys.argv[1]
import sqlite_utils

sqlite_utils.Database(out + "/export.db")["decisions"].insert_all([dict(zip(columns, r)) for r in rows])
