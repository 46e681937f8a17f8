# packages: opentelemetry-exporter-otlp-json-file==0.66b1 opentelemetry-sdk==1.45.2
# mapping: otel.yaml
# story: CT/26/00017: asked, approved by e.haldane, released send letter
# story: CT/26/00018: asked, rejected by i.chowdhury
import os
import sys
import time

from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(os.path.join(sys.argv[1], "export.jsonl"))))
tracer = provider.get_tracer("circs")
for ref, granted, who in [("CT/26/00017", True, "e.haldane"), ("CT/26/00018", False, "i.chowdhury")]:
    with tracer.start_as_current_span("handle case", attributes={"app.case": ref}):
        with tracer.start_as_current_span("gen_ai.human.review", attributes={
            "app.case": ref, "gen_ai.human.approval_granted": granted, "gen_ai.human.reviewer_id": who,
        }):
            time.sleep(0.01)
        if granted:
            with tracer.start_as_current_span("send letter", attributes={"app.case": ref}):
                pass
provider.shutdown()
