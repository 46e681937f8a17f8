# packages: cloudevents==1.12.0
# mapping: cloudevents-json.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
import os
import sys

from cloudevents.http import CloudEvent, to_json

events = [
    ("CT/26/00017", "officer approval", "e.haldane", "yes"), ("CT/26/00017", "send letter", "svc-post", None),
    ("CT/26/00018", "officer approval", "i.chowdhury", "no"),
]
with open(os.path.join(sys.argv[1], "export.jsonl"), "wb") as f:
    for case, step, who, said in events:
        e = CloudEvent({"type": "council.circs", "source": "/circs", "subject": case}, {"step": step, "who": who, "said": said})
        f.write(to_json(e) + b"\n")
