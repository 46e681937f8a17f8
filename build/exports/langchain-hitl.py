# The middleware keeps nowhere who answered, and of an approval not even that somebody did: the log shows that it was
# asked, and what ran.
# packages: langchain==1.5.2 langgraph==1.2.24 langsmith==0.15.1
# mapping: langchain-hitl.yaml
# story: CT/26/00017: asked, released send_letter
# story: CT/26/00018: asked
import os
import sys

from shared import langsmith

client = langsmith.client()
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain.tools import tool
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tracers.langchain import LangChainTracer
from langgraph.checkpoint.memory import MemorySaver
from langgraph.types import Command


class Model(GenericFakeChatModel):
    def bind_tools(self, tools, **kwargs):
        return self


@tool
def send_letter(ref: str) -> str:
    """Send the letter."""
    return "sent"


for ref, answer in [
    ("CT/26/00017", {"type": "approve"}),
    ("CT/26/00018", {"type": "reject", "message": "Income too high"}),
]:
    call = {"name": "send_letter", "args": {"ref": ref}, "id": "call-1", "type": "tool_call"}
    model = Model(messages=iter([AIMessage(content="", tool_calls=[call]), AIMessage(content="Done.")]))
    agent = create_agent(
        model,
        [send_letter],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"send_letter": {"allowed_decisions": ["approve", "reject"]}})],
        checkpointer=MemorySaver(),
    )
    config = {"configurable": {"thread_id": ref}, "callbacks": [LangChainTracer(client=client)]}
    agent.invoke({"messages": [("user", "Handle " + ref)]}, config)
    agent.invoke(Command(resume={"decisions": [answer]}), config)
langsmith.export(os.path.join(sys.argv[1], "export.json"))
