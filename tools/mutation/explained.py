"""Mutants that no test can or should tell from the original, each with its reason."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("explained.yaml")


@dataclass(frozen=True)
class Mutant:
    """A mutant by mutmut's name, and the lines that it takes out and puts in, without indentation."""

    name: str
    taken: tuple[str, ...]
    put: tuple[str, ...]

    @property
    def function(self) -> str:
        """The function's name below the package, in mutmut's spelling: `inventory.nodes.xǁReportǁerror`."""
        return self.name.partition(".")[2].partition("__mutmut_")[0]

    def __str__(self) -> str:
        return "\n".join(
            [self.function, *(f"  - {line}" for line in self.taken), *(f"  + {line}" for line in self.put)]
        )


def reasons() -> Mapping[tuple[str, str], str]:
    """Reasons by function and by what was put in: numbers of mutants change whenever the function does."""
    written = yaml.safe_load(_FILE.read_text("utf-8"))
    return {
        (function, " ".join(text.split())): reason
        for reason, functions in written.items()
        for function, texts in functions.items()
        for text in texts
    }


def reason_for(mutant: Mutant, known: Mapping[tuple[str, str], str]) -> str | None:
    """Why the mutant may survive; None where nobody has said so."""
    if _without_casts(mutant.taken) == _without_casts(mutant.put):
        return "a cast is for the type checker alone"
    if _without_strict(mutant.taken) == _without_strict(mutant.put):
        return "`strict` says that the lists are of one length, and they are"
    return known.get((mutant.function, " ".join(" ".join(mutant.put or mutant.taken).split())))


def _without_strict(lines: tuple[str, ...]) -> str:
    return re.sub(r"(\bzip\(.*?), (?:strict=\w+)?\)", r"\1)", " ".join(lines))


def _without_casts(lines: tuple[str, ...]) -> str:
    return re.sub(r"\bcast\([^,]+,", "cast(", " ".join(lines))
