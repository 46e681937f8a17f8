#!/usr/bin/env bash
# A hook of a Strands agent may stop before a tool and ask a person (interrupt). While it waits, the saved session holds the
# question; once it was answered, the session holds neither question nor answer: no file names who answered, what, or when, and
# a call that a person approved looks like one that nobody was asked about.
# Seen with strands-agents 1.62.0 and its FileSessionManager.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv v
v/bin/pip -q install strands-agents==1.62.0
cat > t.py <<'P'
import pathlib

from strands import Agent, tool
from strands.hooks import BeforeToolCallEvent
from strands.models import Model
from strands.session.file_session_manager import FileSessionManager


@tool
def send_letter(case: str) -> str:
    """Sends the letter."""
    return "sent"


class Script(Model):
    """A model that calls the tool, and is done once it has the result."""

    def update_config(self, **kw):
        pass

    def get_config(self):
        return {}

    async def structured_output(self, *a, **kw):
        yield {}

    async def stream(self, messages, *a, **kw):
        yield {"messageStart": {"role": "assistant"}}
        if "toolResult" in messages[-1]["content"][0]:
            yield {"contentBlockStart": {"start": {}}}
            yield {"contentBlockDelta": {"delta": {"text": "done"}}}
            end = "end_turn"
        else:
            yield {"contentBlockStart": {"start": {"toolUse": {"name": "send_letter", "toolUseId": "t1"}}}}
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"case": "x"}'}}}}
            end = "tool_use"
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": end}}


def kept():
    return "".join(p.read_text() for p in pathlib.Path("store").rglob("*.json"))


agent = Agent(model=Script(), tools=[send_letter], callback_handler=None, agent_id="letters",
              session_manager=FileSessionManager(session_id="case-17", storage_dir="store"))
agent.hooks.add_callback(BeforeToolCallEvent, lambda e: e.interrupt("officer approval", reason="CT/26/00017"))
r = agent("go")
waiting = kept()
print("stopped:", r.stop_reason, "| question kept while it waits:", "officer approval" in waiting)
assert r.stop_reason == "interrupt" and "officer approval" in waiting
r = agent([{"interruptResponse": {"interruptId": r.interrupts[0].id, "response": "approved by e.haldane"}}])
after = kept()
print("then:", r.stop_reason, "| tool ran:", '"sent"' in after, "| question kept:", "officer approval" in after,
      "| answer kept:", "haldane" in after)
assert '"sent"' in after and "officer approval" not in after and "haldane" not in after
P
v/bin/python t.py
