# packages: langgraph==1.2.24 langsmith==0.15.1
# mapping: langgraph.yaml
# story: CT/26/00017: asked, approved by e.haldane, released send letter
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked
import os
import sys
import time
from typing import TypedDict

from shared import langsmith

client = langsmith.client()
from langchain_core.tracers.langchain import LangChainTracer
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt


class State(TypedDict, total=False):
    ref: str
    approver: str
    verdict: str


def review(state):
    answer = interrupt({"question": "Send the letter?"})
    return {"approver": answer["who"], "verdict": answer["what"]}


g = StateGraph(State)
g.add_node("draft", lambda s: {})
g.add_node("officer review", review)
g.add_node("send letter", lambda s: {})
g.add_edge(START, "draft")
g.add_edge("draft", "officer review")
g.add_conditional_edges("officer review", lambda s: "send letter" if s["verdict"] == "approve" else END)
graph = g.compile(checkpointer=MemorySaver())
for ref, answer in [
    ("CT/26/00017", {"who": "e.haldane", "what": "approve"}),
    ("CT/26/00018", {"who": "i.chowdhury", "what": "reject"}),
    ("CT/26/00019", None),
]:
    config = {"configurable": {"thread_id": ref}, "callbacks": [LangChainTracer(client=client)]}
    graph.invoke({"ref": ref}, config)
    time.sleep(0.05)
    if answer:
        graph.invoke(Command(resume=answer), config)
langsmith.export(os.path.join(sys.argv[1], "export.json"))
