# packages: pm4py==2.7.23.11
# mapping: pm4py-ocel.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
"""OCEL 2.0 as JSON, XML and SQLite, each by pm4py."""
import sys

import pandas as pd
import pm4py

out = sys.argv[1]
rows = pd.DataFrame(
    [
        ("e1", "officer approval", "2026-06-01T09:20:00Z", "CT/26/00017", "e.haldane", "yes"),
        ("e2", "send letter", "2026-06-01T09:21:00Z", "CT/26/00017", "svc-post", ""),
        ("e3", "officer approval", "2026-06-01T09:40:00Z", "CT/26/00018", "i.chowdhury", "no"),
    ],
    columns=["ocel:eid", "ocel:activity", "ocel:timestamp", "case", "who", "said"],
)
rows["ocel:timestamp"] = pd.to_datetime(rows["ocel:timestamp"], utc=True)
log = pm4py.convert_log_to_ocel(
    rows, activity_column="ocel:activity", timestamp_column="ocel:timestamp", object_types=["case"],
    additional_event_attributes=["who", "said"],
)  # fmt: skip
pm4py.write_ocel2_json(log, out + "/export.jsonocel")
pm4py.write_ocel2_xml(log, out + "/export.xmlocel")
pm4py.write_ocel2_sqlite(log, out + "/export.sqlite")
