"""One journey in the real window: journey.py PROGRAM

Starts the program as a person has it (production build, WebKitGTK) and works it
as a screen reader does, through the accessibility tree: finds a button by its
name, presses it, and reads what appears. Needs a display and a session bus:

    dbus-run-session -- xvfb-run -a python3 build/window/journey.py build/bin/assay-window
"""

import os
import subprocess
import sys
import tempfile
import time

import pyatspi

PATIENCE = 60  # seconds: the sample council is made while the journey waits


def everything(node, depth=0):
    """The node and all beneath it that the reader can still see."""
    yield node
    if depth > 60:
        return
    try:
        count = node.childCount
    except Exception:  # it left the screen meanwhile
        return
    for i in range(count):
        try:
            child = node.getChildAtIndex(i)
        except Exception:
            continue
        if child is not None:
            yield from everything(child, depth + 1)


def application(pid):
    for app in pyatspi.Registry.getDesktop(0):
        try:
            if app is not None and app.get_process_id() == pid:
                return app
        except Exception:
            continue
    return None


def look(pid, role, name):
    app = application(pid)
    if app is None:
        return None
    for node in everything(app):
        try:
            if node.getRoleName() == role and node.name.strip() == name:
                return node
        except Exception:
            continue
    return None


def find(program, role, name):
    """The node with this role and name, waited for."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if program.poll() is not None:
            sys.exit(f"the window closed with {program.returncode} before “{name}” was there")
        node = look(program.pid, role, name)
        if node is not None:
            print(f"found the {role} “{name}”", flush=True)
            return node
        time.sleep(0.25)
    seen = sorted({f"{n.getRoleName()}: {n.name}" for n in everything(application(program.pid) or []) if n.name}) if application(program.pid) else ["nothing"]
    sys.exit(f"there is no {role} “{name}”; what there is:\n  " + "\n  ".join(seen))


def press(node):
    node.queryAction().doAction(0)


def main():
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, HOME=home, XDG_STATE_HOME=home, XDG_DATA_HOME=home, XDG_DOCUMENTS_DIR=home,
                   ASSAY_STATE_DIR=home + "/state", NO_AT_BRIDGE="0")
        program = subprocess.Popen([os.path.abspath(sys.argv[1])], env=env, cwd=home)
        try:
            find(program, "heading", "Govern your AI, and show that you do")
            press(find(program, "push button", "Open the sample council"))
            press(find(program, "link", "Workflows"))
            find(program, "heading", "Workflows")
            press(find(program, "link", "Planning application validation"))
            find(program, "heading", "Planning application validation")
        finally:
            program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
    print("the journey ended where it should")


if __name__ == "__main__":
    main()
