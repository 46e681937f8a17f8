# packages: llama-index-workflows==2.26.1
# mapping: llama-workflows-human.yaml
# story: CT/26/00017: asked, approved by e.haldane, released LetterSent
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked
import asyncio
import json
import os
import sys

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class LetterSent(Event):
    pass


class Circs(Workflow):
    @step
    async def draft(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Send the letter?")

    @step
    async def decide(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        if ev.response == "approve":
            ctx.write_event_to_stream(LetterSent())
        return StopEvent(result=ev.response)


async def case(ref, answer, out):
    import datetime

    def write(kind, event):
        out.write(json.dumps({"case": ref, "at": datetime.datetime.now(datetime.UTC).isoformat(), "type": kind,
                              "event": event.model_dump(mode="json")}) + "\n")

    h = Circs(timeout=30).run()
    async for event in h.stream_events():
        write(type(event).__name__, event)
        if isinstance(event, InputRequiredEvent):
            if not answer:
                await h.cancel_run()
                return
            await asyncio.sleep(0.05)
            said = HumanResponseEvent(response=answer[1], user_name=answer[0])
            write("HumanResponseEvent", said)
            h.ctx.send_event(said)


async def main():
    with open(os.path.join(sys.argv[1], "export.jsonl"), "w") as out:
        await case("CT/26/00017", ("e.haldane", "approve"), out)
        await case("CT/26/00018", ("i.chowdhury", "reject"), out)
        await case("CT/26/00019", None, out)


asyncio.run(main())
