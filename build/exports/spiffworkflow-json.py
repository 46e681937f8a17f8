# packages: SpiffWorkflow==3.2.0
# mapping: spiffworkflow-json.yaml
# story: CT/26/00017: approved by e.haldane, released send
# story: CT/26/00018: rejected by i.chowdhury
"""SpiffWorkflow's serializer: a file a case, in which the tasks are an object by their identifiers, and no list."""
import os
import sys

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

out = sys.argv[1]
bpmn = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 id="d" targetNamespace="x">
<process id="p" isExecutable="true"><startEvent id="start"><outgoing>a</outgoing></startEvent>
<sequenceFlow id="a" sourceRef="start" targetRef="approval"/>
<userTask id="approval" name="officer approval"><incoming>a</incoming><outgoing>b</outgoing></userTask>
<sequenceFlow id="b" sourceRef="approval" targetRef="gw"/>
<exclusiveGateway id="gw" default="d"><incoming>b</incoming><outgoing>c</outgoing><outgoing>d</outgoing></exclusiveGateway>
<sequenceFlow id="c" sourceRef="gw" targetRef="send"><conditionExpression xsi:type="tFormalExpression">said == 'yes'
</conditionExpression></sequenceFlow>
<sequenceFlow id="d" sourceRef="gw" targetRef="end2"/>
<task id="send" name="send letter"><incoming>c</incoming><outgoing>e</outgoing></task>
<sequenceFlow id="e" sourceRef="send" targetRef="end"/><endEvent id="end"><incoming>e</incoming></endEvent>
<endEvent id="end2"><incoming>d</incoming></endEvent></process></definitions>"""
parser = BpmnParser()
parser.add_bpmn_str(bpmn.encode())
lines = []
for ref, who, said in [("CT/26/00017", "e.haldane", "yes"), ("CT/26/00018", "i.chowdhury", "no")]:
    w = BpmnWorkflow(parser.get_spec("p"))
    w.get_tasks()[0].data["case"] = ref
    while not w.completed:
        for t in w.get_tasks(state=TaskState.READY):
            if t.task_spec.name == "approval":
                t.set_data(who=who, said=said)
            t.run()
    lines.append(BpmnWorkflowSerializer().serialize_json(w))
with open(os.path.join(out, "export.jsonl"), "w") as f:
    f.write("\n".join(lines) + "\n")
