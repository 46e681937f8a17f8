# The spans show that a tool was called for, and neither the approval nor what ran after it.
# packages: openai-agents==0.24.0 openinference-instrumentation-openai-agents==2.6.0
# packages: opentelemetry-exporter-otlp-json-file==0.66b1
# mapping: openai-agents-approval.yaml
# story: CT/26/00017: asked
# story: CT/26/00018: asked
import asyncio
import os
import sys

from agents import Agent, ModelResponse, RunConfig, Runner, Usage, function_tool
from agents.models.interface import Model
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "0"
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(os.path.join(sys.argv[1], "export.jsonl"))))
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)


@function_tool(needs_approval=True)
def issue_letter(ref: str) -> str:
    """Issue the letter."""
    return "issued"


class Scripted(Model):
    def __init__(self, ref):
        self.outputs = [
            ResponseFunctionToolCall(type="function_call", name="issue_letter", call_id="c1", id="f1",
                                     arguments='{"ref": "' + ref + '"}'),
            ResponseOutputMessage(id="m1", type="message", role="assistant", status="completed",
                                  content=[ResponseOutputText(type="output_text", text="Done.", annotations=[])]),
        ]

    async def get_response(self, *args, **kwargs):
        return ModelResponse(output=[self.outputs.pop(0)], usage=Usage(), response_id="r1")

    def stream_response(self, *args, **kwargs):
        raise NotImplementedError


async def case(ref, approve):
    agent = Agent(name="clerk", model=Scripted(ref), tools=[issue_letter])
    config = RunConfig(group_id=ref, trace_metadata={"case": ref})
    from openinference.instrumentation import using_session
    with using_session(ref):
        result = await Runner.run(agent, "Handle " + ref, run_config=config)
        state = result.to_state()
        for item in result.interruptions:
            state.approve(item) if approve else state.reject(item)
        await Runner.run(agent, state, run_config=config)


asyncio.run(case("CT/26/00017", True))
asyncio.run(case("CT/26/00018", False))
provider.shutdown()
