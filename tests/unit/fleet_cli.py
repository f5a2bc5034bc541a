"""A program called `pulumi` for runs over many stacks: each command of each stack does what a test says."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = """\
import collections, json, os, pathlib, sys, time
here, words = pathlib.Path(__file__).parent, sys.argv[1:]
stack = words[words.index("--stack") + 1] if "--stack" in words else ""
behaviour = json.loads((here / "behaviour.json").read_text())
allowed = os.environ.get("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "")
call = {"words": words, "stack": stack, "allowed": allowed, "environment": dict(os.environ)}
with (here / "asked").open("a") as asked:
    asked.write(json.dumps(call) + "\\n")
command = " ".join(words[:2]) if words[0] == "stack" else words[0]
does = behaviour.get(f"{command} {stack} {allowed}", behaviour.get(f"{command} {stack}".strip(), {}))
if command == "stack init":  # it takes no --config-file, and writes the file itself
    pathlib.Path(f"Pulumi.{stack}.yaml").write_text("encryptionsalt: v1:x\\n")
with (here / "lives").open("a") as lives:
    lives.write("begins\\n")
time.sleep(does.get("seconds", 0))
if "--event-log" in words and not does.get("no_log"):
    is_preview, counts = does.get("is_preview", command == "preview"), collections.Counter()
    for event in does.get("events", []):
        if "resOutputsEvent" in event:
            event["resOutputsEvent"]["planning"] = is_preview
            metadata = event["resOutputsEvent"]["metadata"]
            counts[metadata["op"]] += (metadata["new"] or metadata["old"] or {}).get("custom", 0)
    summary = {"summaryEvent": {"isPreview": is_preview, "resourceChanges": does.get("counts", counts)}}
    with open(words[words.index("--event-log") + 1], "w") as events:
        ended = [] if does.get("code") or does.get("cut") else [summary]
        events.writelines(json.dumps(event) + "\\n" for event in [*does.get("events", []), *ended])
        events.write(does.get("raw", ""))
if "--save-plan" in words and not does.get("no_plan"):
    pathlib.Path(words[words.index("--save-plan") + 1]).write_text("plan")
print(does.get("out", ""))
print(does.get("err", ""), file=sys.stderr)
if "signal" in does:
    os.kill(os.getpid(), does["signal"])
with (here / "lives").open("a") as lives:
    lives.write("ends\\n")
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
        (self.folder / "behaviour.json").write_text(json.dumps(self.does))

    def asked(self, command: str) -> list[Mapping[str, Any]]:
        """The calls of that command, in their order: words, stack, archive number, environment."""
        file = self.folder / "asked"
        calls = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in calls if " ".join(call["words"]).startswith(command)]

    def lives(self) -> Sequence[str]:
        """What all calls did, in its order: one `begins` or one `ends`."""
        return (self.folder / "lives").read_text().splitlines()

    def stacks(self, command: str) -> Sequence[str]:
        """The stacks of these calls."""
        return [call["stack"] for call in self.asked(command)]
