"""How long the real window takes to be usable: start.py PROGRAM [TIMES]

Starts the production build, WebKitGTK and all, until a screen reader finds the
first page's button in it, and prints the milliseconds of all starts but the
first, which fills the caches. Needs a display and a session bus, as journey.py.
"""

import os
import subprocess
import sys
import tempfile
import time

from journey import PATIENCE, look

times = int(sys.argv[2]) if len(sys.argv) > 2 else 5
took = []
with tempfile.TemporaryDirectory() as home:
    env = dict(os.environ, HOME=home, XDG_STATE_HOME=home, XDG_DATA_HOME=home, XDG_DOCUMENTS_DIR=home,
               ASSAY_STATE_DIR=home + "/state", NO_AT_BRIDGE="0")
    for i in range(times + 1):
        began = time.monotonic()
        program = subprocess.Popen([os.path.abspath(sys.argv[1])], env=env, cwd=home)
        try:
            while look(program.pid, "push button", "Open the sample council") is None:
                if program.poll() is not None or time.monotonic() - began > PATIENCE:
                    sys.exit("the window did not show its first page")
                time.sleep(0.005)
            if i > 0:
                took.append(round((time.monotonic() - began) * 1000))
        finally:
            program.terminate()
            program.wait(10)
print(f"start of the real window, warm  p50 {sorted(took)[len(took) // 2]:6} ms   {' '.join(map(str, took))}", flush=True)
