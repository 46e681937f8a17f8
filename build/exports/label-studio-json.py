# packages: label-studio==1.23.2
# mapping: label-studio
# story: 1: approved by 1
# story: 2: rejected by 1
import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "label_studio.core.settings.label_studio"
os.environ["LABEL_STUDIO_BASE_DATA_DIR"] = os.path.abspath("data")
os.makedirs("data", exist_ok=True)
os.environ["LATEST_VERSION_CHECK"] = "false"
os.environ["COLLECT_ANALYTICS"] = "false"
import label_studio.server as server
