# packages: dbos==3.4.0
# mapping: dbos-approval.yaml
# story: CT/26/00017: asked, approved by e.haldane, released send_letter
# story: CT/26/00018: asked, rejected by i.chowdhury
# story: CT/26/00019: asked
import os
import sys
import time

from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos._serialization import DBOSPortableJSONSerializer

store = os.path.abspath(os.path.join(sys.argv[1], "export.sqlite"))
DBOS(config=DBOSConfig(name="circs", system_database_url="sqlite:///" + store, run_admin_server=False,
                       serializer=DBOSPortableJSONSerializer()))


@DBOS.step()
def draft(ref):
    return "draft"


@DBOS.step()
def record(answer):
    return answer


@DBOS.step()
def send_letter(ref):
    return "sent"


@DBOS.workflow()
def handle(ref):
    draft(ref)
    answer = DBOS.recv("officer", timeout_seconds=60)
    record(answer)
    if answer["what"] == "approve":
        send_letter(ref)


DBOS.launch()
for ref, answer in [
    ("CT/26/00017", {"who": "e.haldane", "what": "approve"}),
    ("CT/26/00018", {"who": "i.chowdhury", "what": "reject"}),
    ("CT/26/00019", None),
]:
    with SetWorkflowID(ref):
        h = DBOS.start_workflow(handle, ref)
    time.sleep(0.3)
    if answer:
        DBOS.send(ref, answer, "officer")
        h.get_result()
os._exit(0)
