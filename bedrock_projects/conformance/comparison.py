"""Compares two reports: of two regions, days or accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bedrock_projects.conformance.reading import Found, QuestionKey, ReadReport
from bedrock_projects.errors import RefusedError

Change = Literal["differs", "one alone"]


@dataclass(frozen=True)
class Difference:
    """A question that two reports do not answer alike; `one alone`: only one of them has an answer."""

    key: QuestionKey
    change: Change
    first: Found | None
    second: Found | None


@dataclass(frozen=True)
class Comparison:
    """What two reports have in common. `same` counts the questions with the same answer, status and code."""

    first: ReadReport
    second: ReadReport
    same: int
    differences: tuple[Difference, ...]

    @property
    def differing(self) -> tuple[Difference, ...]:
        """The questions with two answers."""
        return tuple(one for one in self.differences if one.change == "differs")


def compare(first: ReadReport, second: ReadReport) -> Comparison:
    """RefusedError if no question has an answer in both."""
    same = 0
    differences = []
    for key in [*first.found, *(key for key in second.found if key not in first.found)]:
        one, other = _answered(first, key), _answered(second, key)
        if one and other:
            same += one == other
            if one != other:
                differences.append(Difference(key, "differs", one, other))
        elif one or other:
            differences.append(Difference(key, "one alone", one, other))
    compared = Comparison(first, second, same, tuple(differences))
    if not same and not compared.differing:
        raise RefusedError(
            f"{first.path} and {second.path} answer no question in common; compare two reports of the same level"
        )
    return compared


def _answered(report: ReadReport, key: QuestionKey) -> Found | None:
    found = report.found.get(key)
    return found if found and found.answer else None


def lines_of(compared: Comparison) -> Iterator[str]:
    """The two reports, a line for each question that they do not answer alike, and the counts."""
    for name, report in (("first", compared.first), ("second", compared.second)):
        service = "AWS" if report.is_aws else "another endpoint"
        levels = ", ".join(f"{level} of {day}" for level, day in report.days.items())
        yield f"{name}: {report.path}, {service}, {report.region}, {levels}"
    names = [" ".join(one.key[1:]) for one in compared.differences]
    width = max(map(len, names), default=0)
    for name, one in zip(names, compared.differences, strict=True):
        yield f"{one.change:<9}  {name:<{width}}  {one.first or 'not answered'} / {one.second or 'not answered'}"
    alone = len(compared.differences) - len(compared.differing)
    yield f"{compared.same} the same, {len(compared.differing)} differ, {alone} answered by one report alone"
