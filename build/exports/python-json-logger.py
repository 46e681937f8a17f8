# packages: python-json-logger==4.2.0
# mapping: python-json-logger.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
import logging
import os
import sys

from pythonjsonlogger.json import JsonFormatter

events = [
    ("CT/26/00017", "officer approval", "e.haldane", "yes"), ("CT/26/00017", "send letter", "svc-post", None),
    ("CT/26/00018", "officer approval", "i.chowdhury", "no"),
]
handler = logging.FileHandler(os.path.join(sys.argv[1], "export.jsonl"))
handler.setFormatter(JsonFormatter("{created}{message}", style="{"))
log = logging.getLogger("circs")
log.addHandler(handler)
log.setLevel(logging.INFO)
for case, step, who, said in events:
    log.info(step, extra={"case": case, "who": who, "said": said})
