# packages: mlflow==3.17.2
# mapping: mlflow-traces.yaml
# story: CT/26/00017: approved by e.haldane
# story: CT/26/00018: rejected by i.chowdhury
import os
import sys

import mlflow
from mlflow.entities import AssessmentSource

mlflow.set_tracking_uri("sqlite:///store.db")
ids = []
for ref, who, what, why in [
    ("CT/26/00017", "e.haldane", "approve", "Checked"),
    ("CT/26/00018", "i.chowdhury", "reject", "Income too high"),
]:
    with mlflow.start_span("handle case") as s:
        mlflow.update_current_trace(metadata={"case": ref})
        with mlflow.start_span("draft decision"):
            pass
        ids.append(s.trace_id)
    mlflow.flush_trace_async_logging()
    # A person answers, and a model judges: only the first is a decision.
    mlflow.log_feedback(trace_id=ids[-1], name="officer approval", value=what, source=AssessmentSource("HUMAN", who),
                        rationale=why)
    mlflow.log_feedback(trace_id=ids[-1], name="tone", value=0.8, source=AssessmentSource("LLM_JUDGE", "m"))
with open(os.path.join(sys.argv[1], "export.jsonl"), "w") as f:
    for i in ids:
        f.write(mlflow.get_trace(i).to_json() + "\n")
