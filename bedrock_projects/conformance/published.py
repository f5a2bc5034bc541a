"""The report in a folder, and what of it a terminal shows. What earlier runs found of other levels stays in it."""

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.checks import Outcome, Result, outcomes_of
from bedrock_projects.conformance.reading import read_report
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import write
from bedrock_projects.template.pins import installed_version
from bedrock_projects.terminal import Line, Style, Styled

_STYLES: Final[Mapping[Outcome, Style]] = {
    Outcome.HOLDS: Style.GOOD,
    Outcome.DIFFERS: Style.BAD,
    Outcome.REFUSED: Style.CAUTION,
    Outcome.NOT_CHECKED: Style.FAINT,
}
_WIDTH: Final = max(len(outcome.value) for outcome in Outcome)


def header_of(region: str, *, is_aws: bool) -> reports.Header:
    """The header of a run of today, with the versions that are installed."""
    return reports.Header(
        region=region,
        day=datetime.now(tz=timezone.utc).date(),
        versions={
            "bedrock-projects": installed_version(),
            "boto3": importlib.metadata.version("boto3"),
            "python": platform.python_version(),
        },
        is_aws=is_aws,
    )


def check_folder(folder: Path) -> None:
    """Raises SettingsError before the first request if the report could not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}; give a folder that can be written") from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"--output {folder}: permission denied; give a folder that can be written")


def earlier_levels(folder: Path, header: reports.Header) -> Mapping[str, Any]:
    """The levels of the report in the folder; SettingsError if this run may not add its own to it."""
    path = folder / f"{reports.NAME}.json"
    if not path.exists():
        return {}
    try:
        contents = read_report(path).contents
        levels = reports.kept_levels(contents)
    except (SettingsError, KeyError, TypeError, ValueError, AttributeError):
        raise SettingsError(
            f"{path} is not a conformance report of this version; move it away, or give another folder with `--output`"
        ) from None
    place = reports.place_of(header)
    if {name: contents.get(name) for name in place} != place:
        raise SettingsError(f"{path} is of another region or endpoint; give another folder with `--output`")
    return levels


def write_report(folder: Path, report: Mapping[str, Any]) -> list[Path]:
    """Writes both files; gives their paths."""
    texts = {"json": reports.as_json(report), "md": reports.as_markdown(report)}
    paths = [folder / f"{reports.NAME}.{suffix}" for suffix in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        write(text, path)
    return paths


def lines_of_level(results: Sequence[Result], *, requests: int, seconds: float) -> Iterator[Line]:
    """A line for each check, the questions that do not hold in it, and the counts."""
    outcomes = outcomes_of(results)
    width = max(len(name) for name in outcomes)
    for name, outcome in outcomes.items():
        rest = [
            f"{result.question.name}: {result.seen.answer if result.seen else result.reason and result.reason.value}"
            for result in results
            if result.check == name and result.outcome is not Outcome.HOLDS
        ]
        yield Styled(f"{outcome.value:<{_WIDTH}}", _STYLES[outcome]), f"  {name:<{width}}  {'; '.join(rest)}".rstrip()
    counts = [f"{list(outcomes.values()).count(outcome)} {outcome.value}" for outcome in reversed(Outcome)]
    yield f"{', '.join(counts)}; {requests} requests in {seconds:.0f} s"
