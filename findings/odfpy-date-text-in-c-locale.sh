#!/usr/bin/env bash
# pandas with odfpy writes two different things into one cell of a date: the value (office:date-value) in ISO form, and the text
# that a program shows in the form of C's asctime for a time and as MM/DD/YY for a day, whatever the language. A reader that
# takes the text of 7 April 2026 has 04/07/26, which is 4 July in Britain.
# Seen with pandas 3.1.1 and odfpy 1.4.1.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv v
v/bin/pip -q install pandas==3.1.1 odfpy==1.4.1
cat > t.py <<'P'
import datetime as dt
import re
import zipfile

import pandas as pd

df = pd.DataFrame({"day": [dt.date(2026, 4, 7)], "time": [dt.datetime(2026, 4, 7, 9, 0)]})
df.to_excel("x.ods", engine="odf", index=False)
xml = zipfile.ZipFile("x.ods").read("content.xml").decode()
cells = re.findall(r'office:date-value="([^"]*)"[^>]*><text:p>([^<]*)', xml)
print(cells)
assert cells == [("2026-04-07", "04/07/26"), ("2026-04-07T09:00:00", "Tue Apr  7 09:00:00 2026")]
P
v/bin/python t.py
