"""A program called `pulumi` for runs over many stacks: each command of each stack does what a test says."""

import json
import os
import sys
from ast import literal_eval
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# It imports next to nothing, since each test starts some. What it reads and writes are literals of Python.
PROGRAM = """\
import os, sys, time
here, words = os.path.dirname(__file__), sys.argv[1:]
def write(file, text, how="a"):
    with open(file, how) as opened:
        opened.write(text)
stack = words[words.index("--stack") + 1] if "--stack" in words else ""
with open(here + "/behaviour") as behaviour:
    behaviour = eval(behaviour.read())
allowed = os.environ.get("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "")
call = {"words": words, "stack": stack, "allowed": allowed, "environment": dict(os.environ)}
write(here + "/asked", ascii(call) + "\\n")
command = " ".join(words[:2]) if words[0] == "stack" else words[0]
does = behaviour.get(f"{command} {stack} {allowed}", behaviour.get(f"{command} {stack}".strip(), behaviour[""]))
if command == "stack init":  # it takes no --config-file, and writes the file itself
    write(f"Pulumi.{stack}.yaml", "encryptionsalt: v1:x\\n", "w")
write(here + "/lives", "begins\\n")
time.sleep(does.get("seconds", 0))
if "--event-log" in words and not does.get("no_log"):
    write(words[words.index("--event-log") + 1], does["log"][does.get("is_preview", command == "preview")], "w")
if "--save-plan" in words and not does.get("no_plan"):
    write(words[words.index("--save-plan") + 1], "plan", "w")
print(does.get("out", ""))
print(does.get("err", ""), file=sys.stderr)
if "signal" in does:
    os.kill(os.getpid(), does["signal"])
write(here + "/lives", "ends\\n")
sys.exit(does.get("code", 0))
"""
PROJECT = "pulumi-python:dynamic/bedrock:Project"
STACK = "pulumi:pulumi:Stack"


def step(
    op: str,
    *,
    kind: str = PROJECT,
    old: Any = None,
    new: Any = None,
    name: str = "search",
    options: Mapping[str, bool] | None = None,
) -> dict[str, Any]:
    """An event of a step, as 3.274.1 logs it: `old` and `new` are the inputs, and the outputs too.

    `options` are those of the resource that the step sets, such as `protect`.
    """

    def side(properties: Any) -> Any:
        return properties and {
            "type": kind,
            "id": "proj_1",
            "custom": kind != STACK,
            "inputs": properties,
            "outputs": properties,
        }

    urn = f"urn:pulumi:dev::p::{kind}::{name}"
    sides = {"old": side(old), "new": side(new) and {**side(new), **(options or {})}}
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": urn, "type": kind, **sides}}}


def error(message: str) -> dict[str, Any]:
    """An event of an error message."""
    return {"diagnosticEvent": {"severity": "error", "message": message}}


def warning(message: str, **of: str) -> dict[str, Any]:
    """An event of a warning; without a URN, it is the program's."""
    return {"diagnosticEvent": {"severity": "warning", "prefix": "warning: ", "message": message, **of}}


def event_log(does: Mapping[str, Any], *, is_preview: bool) -> str:
    """The log that a command writes, with a summary at the end if it ends well."""
    events, counts = deepcopy(does.get("events", [])), Counter[str]()
    for event in events:
        if "resOutputsEvent" in event:
            event["resOutputsEvent"]["planning"] = is_preview
            metadata = event["resOutputsEvent"]["metadata"]
            counts[metadata["op"]] += (metadata["new"] or metadata["old"] or {}).get("custom", 0)
    summary = {"summaryEvent": {"isPreview": is_preview, "resourceChanges": does.get("counts", counts)}}
    ended = [] if does.get("code") or does.get("cut") else [summary]
    return "".join(json.dumps(event) + "\n" for event in [*events, *ended]) + str(does.get("raw", ""))


@dataclass
class FleetCli:
    """In a folder that a test puts on PATH.

    `does` is command and stack, such as `up dev`, to what happens; `up dev 5` is the same with an archive number.
    """

    folder: Path
    does: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "pulumi").write_text(f"#!{sys.executable} -S\n{PROGRAM}")
        (self.folder / "pulumi").chmod(0o755)
        self.has()
        self.at("file:///state")

    @property
    def path(self) -> str:
        """A PATH on which it is found first."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    def has(self, *stacks: str) -> None:
        """The stacks of the backend."""
        self.on("stack ls", out=json.dumps([{"name": stack} for stack in stacks]))

    def at(self, backend: str) -> None:
        """The URL of the backend."""
        self.on("whoami", out=json.dumps({"user": "somebody", "url": backend}))

    def on(self, command: str, **what: Any) -> None:
        """What that command does: `events`, `out`, `err` and `code`; `raw` is in the log behind the events.

        `cut`: there is no summary at the end of them. `counts` are in it instead of what the events have. `is_preview`:
        they are of the preview with which an `up` with a plan begins. `no_log` and `no_plan`: it writes none.
        `signal` ends the command. `seconds` are what it takes.
        """
        self.does[command] = what
        given = {
            name: {key: value for key, value in does.items() if key != "events"}
            | {"log": {is_preview: event_log(does, is_preview=is_preview) for is_preview in (False, True)}}
            for name, does in {"": {}, **self.does}.items()
        }
        (self.folder / "behaviour").write_text(ascii(given))

    def asked(self, command: str) -> list[Mapping[str, Any]]:
        """The calls of that command, in their order: words, stack, archive number, environment."""
        file = self.folder / "asked"
        calls = [literal_eval(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in calls if " ".join(call["words"]).startswith(command)]

    def lives(self) -> Sequence[str]:
        """What all calls did, in its order: one `begins` or one `ends`."""
        return (self.folder / "lives").read_text().splitlines()

    def stacks(self, command: str) -> Sequence[str]:
        """The stacks of these calls."""
        return [call["stack"] for call in self.asked(command)]
