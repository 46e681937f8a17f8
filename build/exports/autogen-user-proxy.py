# packages: autogen-agentchat==0.7.5 autogen-ext==0.7.5
# mapping: autogen-user-proxy.yaml
# story: CT/26/00017: asked, approved by e_haldane
# story: CT/26/00018: asked, rejected by i_chowdhury
import asyncio
import json
import os
import sys

from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.replay import ReplayChatCompletionClient


async def case(ref, who, what):
    async def answer(prompt, token=None):
        await asyncio.sleep(0.05)
        return what

    clerk = AssistantAgent("clerk", ReplayChatCompletionClient(["Send the letter?"]))
    officer = UserProxyAgent(who, input_func=answer)
    team = RoundRobinGroupChat([clerk, officer], termination_condition=MaxMessageTermination(3), emit_team_events=False)
    result = await team.run(task="Handle " + ref)
    return {"case": ref, "messages": [m.model_dump(mode="json") for m in result.messages]}


async def main():
    cases = [await case("CT/26/00017", "e_haldane", "approve"), await case("CT/26/00018", "i_chowdhury", "reject")]
    with open(os.path.join(sys.argv[1], "export.json"), "w") as f:
        json.dump(cases, f)


asyncio.run(main())
