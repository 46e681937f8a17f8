# packages: agent-framework-core==1.23.0
# mapping: agent-framework-approval.yaml
# refuses: The run has no time
"""A tool of Microsoft's Agent Framework that needs approval: the session as it is written to be kept, in which
the answer stands, and no time of anything."""
import asyncio
import json
import os
import sys

from agent_framework import (
    Agent, AgentSession, BaseChatClient, ChatResponse, Content, FunctionInvocationLayer, InMemoryHistoryProvider,
    Message, tool,
)  # fmt: skip


@tool(approval_mode="always_require")
def send_letter(case: str) -> str:
    """Sends the letter."""
    return "sent"


class Script(FunctionInvocationLayer, BaseChatClient):
    async def _inner_get_response(self, *, messages, stream, options, **kw):
        done = any(c.type == "function_result" for m in messages for c in m.contents)
        call = Content.from_function_call("c1", "send_letter", arguments='{"case": "x"}')
        said = Content.from_text("done") if done else call
        return ChatResponse(messages=[Message(role="assistant", contents=[said])])


async def main():
    lines = []
    for ref, said in [("CT/26/00017", True), ("CT/26/00018", False), ("CT/26/00019", None)]:
        agent = Agent(client=Script(), name="letters", tools=[send_letter], context_providers=[InMemoryHistoryProvider()])
        session = AgentSession(session_id=ref)
        r = await agent.run("go", session=session)
        asked = [c for m in r.messages for c in m.contents if c.type == "function_approval_request"]
        if said is not None:
            answer = Message(role="user", contents=[asked[0].to_function_approval_response(said)])
            await agent.run(answer, session=session)
        lines.append(json.dumps(session.to_dict(), default=str))
    with open(os.path.join(sys.argv[1], "export.jsonl"), "w") as f:
        f.write("\n".join(lines) + "\n")


asyncio.run(main())
