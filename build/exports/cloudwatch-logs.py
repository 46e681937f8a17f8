# packages: moto==5.2.5 boto3==1.44.5
# mapping: cloudwatch-logs.yaml
# story: CT/26/00017: approved by e.haldane, released send letter
# story: CT/26/00018: rejected by i.chowdhury
"""AWS CloudWatch Logs (filter_log_events), as moto answers for it: each message is JSON of the workflow's own in a text."""
import json
import os
import sys
import time

import boto3
from moto import mock_aws

os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-2"}
now = int(time.time() * 1000) - 3_600_000
events = [
    ("CT/26/00017", "officer approval", "e.haldane", "yes"), ("CT/26/00017", "send letter", "svc-post", None),
    ("CT/26/00018", "officer approval", "i.chowdhury", "no"),
]
with mock_aws():
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="agent")
    logs.create_log_stream(logGroupName="agent", logStreamName="1")
    logs.put_log_events(
        logGroupName="agent", logStreamName="1",
        logEvents=[
            {"timestamp": now + i * 60_000, "message": json.dumps({"case": c, "step": s, "who": w, "said": d})}
            for i, (c, s, w, d) in enumerate(events)
        ],
    )  # fmt: skip
    with open(os.path.join(sys.argv[1], "export.json"), "w") as f:
        json.dump(logs.filter_log_events(logGroupName="agent"), f, indent=1)
