"""A program called `pulumi` in place of the CLI: it says what a test tells it to. The real CLI is in tests/engine."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest


class PulumiStandIn:
    """Is in a folder, which a test puts on PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> str:
        """A PATH on which it is found, and no CLI but it."""
        return f"{self._folder}{os.pathsep}/usr/bin{os.pathsep}/bin"

    def runs(self, script: str) -> None:
        """What each command does, in the shell's words."""
        (self._folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
        (self._folder / "pulumi").chmod(0o755)

    def answers(self, text: str, *, code: int = 0) -> None:
        """What each command prints: on stderr if it fails."""
        (self._folder / "answer").write_text(text, "utf-8")
        script = f'echo "$*" >>{self._folder}/asked; cat {self._folder}/answer{" >&2" if code else ""}; exit {code}'
        self.runs(script)

    def has(self, resources: Sequence[object] | None) -> None:
        """What `pulumi stack export` prints of a stack with these resources; None for one that is new."""
        deployment = None if resources is None else {"resources": resources}
        self.answers(json.dumps({"version": 3, "deployment": deployment}))

    @property
    def asked(self) -> list[str]:
        """The arguments of each command."""
        asked = self._folder / "asked"
        return asked.read_text("utf-8").splitlines() if asked.exists() else []


def new_stack(folder: Path, patch: pytest.MonkeyPatch) -> PulumiStandIn:
    """The stand-in on PATH, with a stack that is new."""
    stand_in = PulumiStandIn(folder)
    patch.setenv("PATH", stand_in.path)
    stand_in.has(None)
    return stand_in
