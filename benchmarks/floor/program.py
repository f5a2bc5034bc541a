"""The program of the floor; it is linked as `__main__.py` of a stack, with `benchmarks` next to it.

Its inputs are those of as many projects with their tags, so that the state is as large: what is left is what the
engine, the SDK and two processes take with any provider.
"""

import json
from pathlib import Path

from benchmarks.floor.nothing import Nothing

for name, inputs in json.loads(Path("resources.json").read_text()).items():
    Nothing(name, inputs)
