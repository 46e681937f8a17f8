# packages: inspect-ai==0.3.285
# mapping: inspect-ai-approval.yaml
# story: CT/26/00017: approved by e.haldane, released tool
# story: CT/26/00018: rejected by i.chowdhury
import os
import sys

from inspect_ai import Task, eval
from inspect_ai.approval import Approval, ApprovalPolicy, approver
from inspect_ai.dataset import Sample
from inspect_ai.log import write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import tool

answers = {"CT/26/00017": ("e.haldane", "approve"), "CT/26/00018": ("i.chowdhury", "reject")}


@tool
def send_letter():
    async def execute(ref: str):
        """Send the letter.

        Args:
            ref: The case.
        """
        return "sent"

    return execute


@approver(name="officer")
def officer():
    async def approve(message, call, view, history):
        who, what = answers[call.arguments["ref"]]
        return Approval(decision=what, explanation="Income checked", metadata={"officer": who})

    return approve


outputs = []
for ref in answers:
    outputs.append(ModelOutput.for_tool_call("mockllm/model", "send_letter", {"ref": ref}))
    outputs.append(ModelOutput.from_content("mockllm/model", "Done."))
for o in outputs:  # or else the made-up model counts tokens by a table that it fetches
    o.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
log = eval(
    Task(dataset=[Sample(input="Handle " + ref, id=ref) for ref in answers], solver=[use_tools(send_letter()), generate()],
         approval=[ApprovalPolicy(officer(), "*")]),
    model=get_model("mockllm/model", custom_outputs=outputs), display="none", log_dir="logs", max_samples=1,
)[0]
write_eval_log(log, os.path.join(sys.argv[1], "export.json"), format="json")
