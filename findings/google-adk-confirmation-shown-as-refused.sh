#!/usr/bin/env bash
# A tool of Google's Agent Development Kit that needs confirmation leaves two things in the session before anybody has answered:
# the request, with "confirmed": false in it, and a response of the tool itself, which did not run. Who takes the first for a
# rejection, or counts responses as runs, is wrong in both; the answer is a response to the request, and its author is "user"
# whoever it was.
# Seen with google-adk 2.13.0.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv v
v/bin/pip -q install google-adk==2.13.0
cat > t.py <<'P'
import asyncio

from google.adk.agents import LlmAgent
from google.adk.models.base_llm import BaseLlm
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.adk.tools import FunctionTool
from google.genai import types

ran = []


def send_letter(case: str) -> str:
    """Sends the letter."""
    ran.append(case)
    return "sent"


class Script(BaseLlm):
    async def generate_content_async(self, request, stream=False):
        call = types.FunctionCall(name="send_letter", args={"case": "x"}, id="c1")
        yield LlmResponse(content=types.Content(role="model", parts=[types.Part(function_call=call)]))


async def main():
    svc = InMemorySessionService()
    agent = LlmAgent(name="letters", model=Script(model="m"), tools=[FunctionTool(send_letter, require_confirmation=True)])
    runner = Runner(app_name="council", agent=agent, session_service=svc)
    await svc.create_session(app_name="council", user_id="u", session_id="s")
    go = types.Content(role="user", parts=[types.Part(text="go")])
    async for _ in runner.run_async(user_id="u", session_id="s", new_message=go):
        pass
    s = await svc.get_session(app_name="council", user_id="u", session_id="s")
    asked = [c for e in s.events for c in e.get_function_calls() if c.name == "adk_request_confirmation"]
    said = [r for e in s.events for r in e.get_function_responses() if r.name == "send_letter"]
    print("ran:", ran, "| request:", asked[0].args["toolConfirmation"]["confirmed"], "| response of the tool:", said[0].response)
    assert not ran and asked[0].args["toolConfirmation"]["confirmed"] is False and len(said) == 1


asyncio.run(main())
P
v/bin/python t.py 2>/dev/null
