"""Reads `renamed` of a tag key: the values that have a new name."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from datetime import date

from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.model import RenamedValue, TagKey
from bedrock_projects.suggestions import did_you_mean


@dataclass(frozen=True)
class _Rename:
    """A complete row of `renamed`, with its places."""

    former: Scalar
    current: Scalar
    since: date

    @property
    def value(self) -> RenamedValue:
        return RenamedValue(former=self.former.text, current=self.current.text, since=self.since)


def read_renamed(
    tag_key: Mapping, pattern: re.Pattern[str] | None, *, problems: ProblemList
) -> tuple[RenamedValue, ...]:
    """The renames of a tag key that was checked against its schema, without those that have errors.

    `pattern` is that of the key, if it is valid.
    """
    listed = {value.text: value for value in tag_key.items("values")}
    renames: dict[str, _Rename] = {}
    for rename in _rows(tag_key, problems):
        problem = _problem_of(rename, renames, listed)
        if problem is None:
            renames[rename.former.text] = rename
        else:
            problems.error(*problem)
    former = {row.text("from") for row in tag_key.blocks("renamed")}
    for rename in renames.values():
        following = renames.get(rename.current.text)
        if rename.current.text not in former:
            _check_allowed(rename.current, listed, pattern, problems=problems)
        elif following and following.since < rename.since:
            message = (
                f"{rename.current.text!r} was renamed to {following.current.text!r} before, on {following.since} "
                f"({_where(following.former)}); write {following.current.text}, or correct `since`"
            )
            problems.error(rename.current, message)
    return tuple(rename.value for rename in renames.values())


def former_value(value: str, tag_key: TagKey) -> str:
    """The message about a tag that has a former value of its key.

    It holds on any day: a file reads the same before and after `since`.
    """
    renames = tag_key.renames_of(value)
    steps = " and ".join(f"to {rename.current!r} as of {rename.since}" for rename in renames)
    return f"is {value!r}, which is renamed {steps}; write {tag_key.current_value(value)}"


def _rows(tag_key: Mapping, problems: ProblemList) -> Iterator[_Rename]:
    for row in tag_key.blocks("renamed"):
        former, current, since = (row.scalars().get(key) for key in ("from", "to", "since"))
        if former is None or current is None or since is None:
            continue
        try:
            day = date.fromisoformat(since.text)
        except ValueError:
            problems.error(since, f"the calendar has no {since.text}; correct the day")
        else:
            yield _Rename(former, current, day)


def _problem_of(
    rename: _Rename, others: AbstractMapping[str, _Rename], listed: AbstractMapping[str, Scalar]
) -> tuple[Scalar, str] | None:
    """What is wrong with a rename after these `others`, and where; None if nothing is."""
    former, current = rename.former.text, rename.current.text
    if former == current:
        return rename.current, f"{current!r} is the former value too; write the current one"
    if former in others:
        return rename.former, f"duplicate {former!r}, first in {_where(others[former].former)}; keep one of the two"
    if former in listed:
        return rename.former, f"{former!r} is in `values` too ({_where(listed[former])}); remove it there"
    circle = [former, current]
    while circle[-1] in others:
        circle.append(others[circle[-1]].current.text)
    if circle[-1] == former:
        return rename.current, f"makes a circle ({' → '.join(map(repr, circle))}); remove one of these renames"
    return None


def _check_allowed(
    current: Scalar,
    listed: AbstractMapping[str, Scalar],
    pattern: re.Pattern[str] | None,
    *,
    problems: ProblemList,
) -> None:
    if listed and current.text not in listed:
        hint = did_you_mean(current.text, listed, otherwise="add it there")
        problems.error(current, f"{current.text!r} is not in `values`; {hint}")
    elif pattern and not pattern.fullmatch(current.text):
        problems.error(current, f"invalid value {current.text!r}; it must match the pattern {pattern.pattern}")


def _where(place: Scalar) -> str:
    return f"{place.file}:{place.line}"
