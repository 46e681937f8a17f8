# packages: opentelemetry-exporter-otlp-proto-common==1.45.2 opentelemetry-sdk==1.45.2
# mapping: otel.yaml
# story: CT/26/00017: asked, approved by e.haldane, released send letter
# story: CT/26/00018: asked, rejected by i.chowdhury
import os
import sys
import time

from google.protobuf.json_format import MessageToJson
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

kept = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
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
with open(os.path.join(sys.argv[1], "export.json"), "w") as f:
    f.write(MessageToJson(encode_spans(kept.get_finished_spans())))
