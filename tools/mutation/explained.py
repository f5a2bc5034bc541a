"""Mutants that no test can or should tell from the original, each with its reason."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.mutation.copying import PACKAGE, ROOT, mutated

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

    @property
    def key(self) -> tuple[str, str]:
        """By what it is explained: its function and what it puts in."""
        return self.function, _words(" ".join(self.put or self.taken))

    def __str__(self) -> str:
        return "\n".join(
            [self.function, *(f"  - {line}" for line in self.taken), *(f"  + {line}" for line in self.put)]
        )


def reasons() -> Mapping[tuple[str, str], str]:
    """Reasons by function and by what was put in: numbers of mutants change whenever the function does."""
    written = yaml.safe_load(_FILE.read_text("utf-8"))
    return {
        (function, _words(text)): reason
        for reason, functions in written.items()
        for function, texts in functions.items()
        for text in texts
    }


def stale(known: Mapping[tuple[str, str], str]) -> list[str]:
    """The functions that are explained though no module that is mutated has them: they were renamed or taken out."""
    there = {function for path in mutated() for function in _functions(path)}
    return sorted({function for function, _ in known} - there)


def without_mutant(known: Mapping[tuple[str, str], str], mutants: Path) -> list[str]:
    """What is explained of a function of which mutmut made no such mutant: its line was changed."""
    modules = {function.rpartition(".")[0] for function, _ in known}
    texts = {name: _words((mutants / f"{name.replace('.', '/')}.py").read_text("utf-8")) for name in modules}
    return [f"{function}: {text}" for function, text in known if text not in texts[function.rpartition(".")[0]]]


def _functions(path: Path) -> Iterator[str]:
    """Functions of a module and of its classes, in mutmut's spelling."""
    module = ".".join(path.relative_to(ROOT / PACKAGE).with_suffix("").parts)
    body = ast.parse(path.read_text("utf-8")).body
    within = [("x_", body), *((f"xǁ{node.name}ǁ", node.body) for node in body if isinstance(node, ast.ClassDef))]
    for start, nodes in within:
        yield from (f"{module}.{start}{node.name}" for node in nodes if isinstance(node, ast.FunctionDef))


def reason_for(mutant: Mutant, known: Mapping[tuple[str, str], str]) -> str | None:
    """Why the mutant may survive; None if nobody has said so."""
    if _without_casts(mutant.taken) == _without_casts(mutant.put):
        return "a cast is for the type checker alone"
    if _without_strict(mutant.taken) == _without_strict(mutant.put):
        return "`strict` is false without a value too, and where it is true the lists are of one length"
    return known.get(mutant.key)


def _words(text: str) -> str:
    return " ".join(text.split())


def _without_strict(lines: tuple[str, ...]) -> str:
    return re.sub(r"(\bzip\(.*?), (?:strict=\w+)?\)", r"\1)", " ".join(lines))


def _without_casts(lines: tuple[str, ...]) -> str:
    return re.sub(r"\bcast\([^,]+,", "cast(", " ".join(lines))
