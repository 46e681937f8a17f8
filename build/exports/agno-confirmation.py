# The store shows what was confirmed, and neither by whom nor when.
# packages: agno==3.1.10
# mapping: agno
# story: CT/26/00017: approved by nobody
# story: CT/26/00018: rejected by nobody
# story: CT/26/00019: asked
import json
import os
import sys

from agno.agent import Agent
from agno.db.json import JsonDb
from agno.models.base import Model
from agno.models.response import ModelResponse
from agno.tools import tool


@tool(requires_confirmation=True)
def send_letter(ref: str) -> str:
    """Send the letter."""
    return "sent"


class Scripted(Model):
    def __init__(self, ref):
        super().__init__(id="scripted", name="scripted", provider="scripted")
        self.turns = [ModelResponse(role="assistant", content="", tool_calls=[{"id": "c1", "type": "function", "function": {
            "name": "send_letter", "arguments": json.dumps({"ref": ref})}}]), ModelResponse(role="assistant", content="Done.")]

    def invoke(self, *args, **kwargs):
        return self.turns.pop(0)

    async def ainvoke(self, *args, **kwargs):
        return self.turns.pop(0)

    def invoke_stream(self, *args, **kwargs):
        yield self.turns.pop(0)

    async def ainvoke_stream(self, *args, **kwargs):
        yield self.turns.pop(0)

    def _parse_provider_response(self, response, **kwargs):
        return response

    def _parse_provider_response_delta(self, response):
        return response


db = JsonDb(db_path=sys.argv[1])
for ref, answer in [("CT/26/00017", True), ("CT/26/00018", False), ("CT/26/00019", None)]:
    agent = Agent(name="clerk", model=Scripted(ref), tools=[send_letter], db=db, session_id=ref, user_id="clerk", telemetry=False)
    run = agent.run("Handle " + ref)
    if answer is None:
        continue
    for t in run.tools:
        t.confirmed = answer
    agent.continue_run(run_response=run)
os.rename(os.path.join(sys.argv[1], "agno_runs.json"), os.path.join(sys.argv[1], "export.json"))
