"""The ways to a Pulumi CLI, and which of them is taken."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

CHOICE = "BEDROCK_PROJECTS_ENGINE"
NO_SDK = "{} has no package pulumi; run this with the Python of `make venv`"


class EngineError(Exception):
    """No Pulumi CLI could be had; the text says why for each way that was tried."""


class WayError(Exception):
    """One way leads nowhere on this machine; the text says why."""


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI with its language host for Python; `environment` is what it needs besides PATH."""

    folder: Path
    on_path: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def exports(self) -> str:
        """Lines for a shell to `eval`; none when there is nothing to set."""
        lines = [] if self.on_path else [f'export PATH={shlex.quote(str(self.folder))}:"$PATH"']
        lines += [f"export {name}={shlex.quote(value)}" for name, value in self.environment.items()]
        return "\n".join(lines)


class Way(Protocol):
    """One way to a CLI."""

    @property
    def name(self) -> str:
        """What CHOICE calls it."""

    def have(self) -> Engine | None:
        """The CLI that is there already; takes no time and touches no network."""

    def get(self) -> Engine:
        """Fetches or builds it; raises WayError."""


def find(ways: Sequence[Way], *, choice: str = "") -> Engine:
    """The first CLI that is there, else the first that can be had; `choice` names the only way to look at."""
    if choice:
        names = [way.name for way in ways]
        if choice not in names:
            raise EngineError(f"{CHOICE} is {choice!r}; write one of {', '.join(names)}, or unset it to try all")
        ways = [way for way in ways if way.name == choice]
    for way in ways:
        engine = way.have()
        if engine is not None:
            return engine
    reasons = []
    for way in ways:
        try:
            return way.get()
        except WayError as error:
            reasons.append(f"  {way.name}: {error}")
    raise EngineError(
        "\n".join(["there is no Pulumi CLI, and none could be had:", *reasons])
        + "\nInstall one by hand: https://www.pulumi.com/docs/install/"
    )
