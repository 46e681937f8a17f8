# packages: loguru==0.7.3
# mapping: loguru-serialized.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
import os
import sys

from loguru import logger

events = [
    ("CT/26/00017", "officer approval", "e.haldane", "yes"), ("CT/26/00017", "send letter", "svc-post", None),
    ("CT/26/00018", "officer approval", "i.chowdhury", "no"),
]
logger.remove()
logger.add(os.path.join(sys.argv[1], "export.jsonl"), serialize=True)
for case, step, who, said in events:
    logger.bind(case=case, step=step, who=who, said=said).info("case moves on")
