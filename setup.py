"""The version is the newest heading of CHANGELOG.md; everything else stands in setup.cfg."""

import re
from pathlib import Path

from setuptools import setup

CHANGELOG = Path(__file__).with_name("CHANGELOG.md").read_text(encoding="utf-8")

setup(version=re.findall(r"^## (\d+\.\d+\.\d+)", CHANGELOG, re.MULTILINE)[0])
