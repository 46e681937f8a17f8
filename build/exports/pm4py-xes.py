# packages: pm4py==2.7.23.11
# mapping: pm4py-xes.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
import os
import sys

import pandas as pd
import pm4py

out = sys.argv[1]
log = pd.DataFrame(
    [
        ("CT/26/00017", "officer approval", "2026-06-01T09:20:00Z", "e.haldane", "yes"),
        ("CT/26/00017", "send letter", "2026-06-01T09:21:00Z", "svc-post", ""),
        ("CT/26/00018", "officer approval", "2026-06-01T09:40:00Z", "i.chowdhury", "no"),
    ],
    columns=["case:concept:name", "concept:name", "time:timestamp", "org:resource", "said"],
)
log["time:timestamp"] = pd.to_datetime(log["time:timestamp"], utc=True)
pm4py.write_xes(log, out + "/export.xes")
