"""One journey in the real window, through the accessibility tree alone: what a
screen reader finds, presses and reads. Run by window.spec.ts inside Xvfb and a
session bus of its own; argument: the program. Prints a line for each step."""

import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def nodes(node):
    yield node
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield from nodes(child)


def find(role, name, seconds=60):
    """The first node with a role and name; fails if none appears in time."""
    end = time.time() + seconds
    while time.time() < end:
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            app = desktop.get_child_at_index(i)
            if app is None or "assay" not in (app.get_name() or ""):
                continue
            try:
                for node in nodes(app):
                    if node.get_role_name() in role and node.get_name() == name:
                        return node
            except Exception:  # the tree changes while it is walked
                pass
        time.sleep(0.3)
    sys.exit(f"no {role[0]} named {name!r}")


program = subprocess.Popen([sys.argv[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    button = find(("push button", "button"), "Open the sample council")
    print("step: first page", flush=True)
    button.do_action(0)
    find(("heading",), "Overview", 120)
    print("step: overview", flush=True)
    find(("link",), "Workflows").do_action(0)
    find(("heading",), "Workflows")
    find(("link",), "Housing repairs triage")
    print("step: workflows", flush=True)
finally:
    program.terminate()
    program.wait(10)
