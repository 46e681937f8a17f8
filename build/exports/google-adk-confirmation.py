# packages: google-adk==2.13.0
# mapping: google-adk-confirmation.yaml
# story: CT/26/00017: asked, approved by user, released send_letter
# story: CT/26/00018: asked, rejected by user
# story: CT/26/00019: asked
"""A tool of Google's Agent Development Kit that needs confirmation: the session as its service keeps it."""
import asyncio
import os
import sys

from google.adk.agents import LlmAgent
from google.adk.models.base_llm import BaseLlm
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.adk.tools import FunctionTool
from google.genai import types

out = sys.argv[1]

def send_letter(case: str) -> str:
    """Sends the letter."""
    return "sent"


class Script(BaseLlm):
    async def generate_content_async(self, request, stream=False):
        last = request.contents[-1].parts[-1]
        if last.function_response:
            yield LlmResponse(content=types.Content(role="model", parts=[types.Part(text="done")]))
        else:
            call = types.FunctionCall(name="send_letter", args={"case": "x"}, id="c1")
            yield LlmResponse(content=types.Content(role="model", parts=[types.Part(function_call=call)]))


async def main():
    svc = InMemorySessionService()
    tool = FunctionTool(send_letter, require_confirmation=True)
    agent = LlmAgent(name="letters", model=Script(model="script"), tools=[tool])
    runner = Runner(app_name="council", agent=agent, session_service=svc)
    lines = []
    for ref, answer in [("CT/26/00017", True), ("CT/26/00018", False), ("CT/26/00019", None)]:
        s = await svc.create_session(app_name="council", user_id="e.haldane", session_id=ref)
        asked = None
        async for e in runner.run_async(user_id="e.haldane", session_id=ref, new_message=types.Content(
                role="user", parts=[types.Part(text="go")])):
            for c in e.get_function_calls():
                if c.name == "adk_request_confirmation":
                    asked = c
        if answer is not None:
            r = types.FunctionResponse(id=asked.id, name=asked.name, response={"confirmed": answer})
            async for e in runner.run_async(user_id="e.haldane", session_id=ref, new_message=types.Content(
                    role="user", parts=[types.Part(function_response=r)])):
                pass
        s = await svc.get_session(app_name="council", user_id="e.haldane", session_id=ref)
        lines.append(s.model_dump_json(by_alias=True, exclude_none=True))
    with open(os.path.join(out, "export.jsonl"), "w") as f:
        f.write("\n".join(lines) + "\n")


asyncio.run(main())
