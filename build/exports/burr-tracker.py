# packages: apache-burr[tracking]==0.43.0
# mapping: burr-tracker.yaml
# story: CT/26/00017: approved by e.haldane, released send_letter
# story: CT/26/00018: rejected by i.chowdhury
"""Burr's local tracker: a JSON Lines file an application, a line when an action begins and one when it ends."""
import glob
import os
import sys

from burr.core import ApplicationBuilder, State, action, default, when


@action(reads=["case"], writes=["who", "said"])
def officer_approval(state: State, who: str, said: str) -> State:
    return state.update(who=who, said=said)


@action(reads=["case"], writes=["sent"])
def send_letter(state: State) -> State:
    return state.update(sent=True)


@action(reads=["case"], writes=["sent"])
def close(state: State) -> State:
    return state.update(sent=False)


for ref, who, said in [("CT/26/00017", "e.haldane", "yes"), ("CT/26/00018", "i.chowdhury", "no")]:
    app = (
        ApplicationBuilder()
        .with_actions(officer_approval, send_letter, close)
        .with_transitions(("officer_approval", "send_letter", when(said="yes")), ("officer_approval", "close", default))
        .with_state(case=ref)
        .with_entrypoint("officer_approval")
        .with_tracker("local", project="council", params={"storage_dir": "store"})
        .with_identifiers(app_id=ref.replace("/", "-"))
        .build()
    )
    app.run(halt_after=["send_letter", "close"], inputs={"who": who, "said": said})
with open(os.path.join(sys.argv[1], "export.jsonl"), "w") as f:
    for path in sorted(glob.glob("store/council/*/log.jsonl")):
        f.write(open(path).read())
