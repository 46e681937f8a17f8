# packages: structlog==26.1.0
# mapping: structlog-json.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
import os
import sys

import structlog

events = [
    ("CT/26/00017", "officer approval", "e.haldane", "yes"), ("CT/26/00017", "send letter", "svc-post", None),
    ("CT/26/00018", "officer approval", "i.chowdhury", "no"),
]
with open(os.path.join(sys.argv[1], "export.jsonl"), "w") as f:
    structlog.configure(
        processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=f),
    )
    for case, step, who, said in events:
        structlog.get_logger().info(step, case=case, who=who, said=said)
