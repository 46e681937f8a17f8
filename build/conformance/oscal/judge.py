"""Asks compliance-trestle what it thinks of what is written in OSCAL: judge.py FOLDER.

Reads every FOLDER/*.oscal.json and *.component.json with the classes that trestle generates from NIST's schema of
OSCAL, which take no field that the schema does not know, and then imports it into a workspace and
validates it there: that finds identifiers that stand twice. Prints a line for each check: file,
check, "pass" or "fail", and why, with tabs between.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.component import ComponentDefinition


def say(path, check, ok, detail):
    print(path, check, "pass" if ok else "fail", " ".join(str(detail).split()) or "-", sep="\t")


def shape(path):
    results = AssessmentResults.parse_obj(json.loads(path.read_text())["assessment-results"])
    # The class takes any version and any state: these are ours to hold.
    if results.metadata.oscal_version.root.root != "1.2.1":
        return False, f"version {results.metadata.oscal_version}"
    (result,) = results.results
    for f in result.findings:
        state, reason = f.target.status.state.value, f.target.status.reason
        if (state == "satisfied") != (reason == "pass"):
            return False, f"{f.target.target_id} is {state} for {reason}"
    return True, f"{len(result.findings)} controls, {len(result.observations)} rules"


def component(path):
    definition = ComponentDefinition.parse_obj(json.loads(path.read_text())["component-definition"])
    if definition.metadata.oscal_version.root.root != "1.2.1":
        return False, f"version {definition.metadata.oscal_version}"
    (c,) = definition.components
    resources = {"#" + str(r.uuid) for r in definition.back_matter.resources}
    if any(i.source not in resources for i in c.control_implementations):
        return False, "a source leads nowhere"
    return True, f"{sum(len(i.implemented_requirements) for i in c.control_implementations)} controls"


def validate(path):
    trestle = str(pathlib.Path(sys.executable).with_name("trestle"))
    with tempfile.TemporaryDirectory() as workspace:
        for args in (["init"], ["import", "-f", str(path.resolve()), "-o", "found"], ["validate", "-a"]):
            p = subprocess.run([trestle, *args], cwd=workspace, capture_output=True, text=True)
            said = p.stdout + p.stderr
            if p.returncode or "INVALID" in said:
                return False, f"trestle {args[0]}: {said[-400:]}"
        valid = [line for line in said.splitlines() if "VALID" in line]
        return bool(valid), valid[-1] if valid else said[-400:]


def main():
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        kinds = {".oscal": shape, ".component": component}
        kind = kinds.get(path.with_suffix("").suffix)
        if kind is None:
            continue
        for check, f in (("OSCAL 1.2.1", kind), ("trestle validate", validate)):
            try:
                say(path, check, *f(path))
            except Exception as e:  # whatever it does not take is a failure
                say(path, check, False, f"{type(e).__name__}: {e}")


main()
