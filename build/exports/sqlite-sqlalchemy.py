# packages: sqlalchemy==2.0.44
# mapping: table.yaml
# story: CT/26/00017: asked, approved by e.haldane
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked, approved by e.haldane
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shared"))
from table import columns, rows  # noqa: E402

out = sys.argv[1]
import sqlalchemy as sa

db = sa.create_engine("sqlite:///" + out + "/export.sqlite")
meta = sa.MetaData()
kinds = [sa.String, sa.DateTime, sa.DateTime, sa.String, sa.String, sa.Text]
table = sa.Table("decisions", meta, *[sa.Column(c, k) for c, k in zip(columns, kinds)])
meta.create_all(db)
with db.begin() as c:
    c.execute(table.insert(), [dict(zip(columns, r)) for r in rows])
