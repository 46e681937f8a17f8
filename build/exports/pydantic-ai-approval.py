# Who approved stands nowhere in the spans: the run of the tool says so much as that it ran, or that it was denied.
# packages: pydantic-ai-slim==2.68.0 logfire==5.4.0 opentelemetry-exporter-otlp-json-file==0.66b1
# mapping: pydantic-ai-approval.yaml
# story: CT/26/00017: asked, released execute_tool issue_letter
# story: CT/26/00018: asked
import os
import sys

import logfire
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from pydantic_ai import Agent, DeferredToolRequests, DeferredToolResults, ToolDenied
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel

exporter = FileSpanExporter(os.path.join(sys.argv[1], "export.jsonl"))
logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[SimpleSpanProcessor(exporter)])
logfire.instrument_pydantic_ai()


def model(messages, info):
    if len(messages) == 1:
        return ModelResponse(parts=[ToolCallPart("issue_letter", {"ref": "x"}, tool_call_id="c1")])
    return ModelResponse(parts=[TextPart("Done.")])


agent = Agent(FunctionModel(model), output_type=[str, DeferredToolRequests], name="clerk")


@agent.tool_plain(requires_approval=True)
def issue_letter(ref: str) -> str:
    return "issued"


for ref, answer in [("CT/26/00017", True), ("CT/26/00018", ToolDenied("Income too high"))]:
    with logfire.span("asking", **{"case": ref}):
        asked = agent.run_sync("Handle " + ref, conversation_id=ref)
    results = DeferredToolResults(approvals={asked.output.approvals[0].tool_call_id: answer})
    with logfire.span("answering", **{"case": ref}):
        agent.run_sync(message_history=asked.all_messages(), deferred_tool_results=results, conversation_id=ref)
