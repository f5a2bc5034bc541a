"""One table of what several jobs of a pipeline wrote with `run … --format json`.

The jobs of a pull request run its code, so their files are data of others: anything but the known form is refused, and
all text is shown as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bedrock_projects.errors import SettingsError
from bedrock_projects.fleet.results import Outcome, StackResult, markdown_of
from bedrock_projects.fleet.stacks import Operation
from bedrock_projects.json_reading import read_json
from bedrock_projects.stacks.pulumi_cli import one_line

LARGEST: Final = 10_000_000
"""Of a file, in bytes: 180 stacks with long reasons are far below."""
_LONGEST_REASON: Final = 1000
"""In characters: what failed, and what to do."""
_DIFFERS: Final[tuple[Outcome, ...]] = ("to change", "changed")


class _Stack(BaseModel):
    """What `run` writes of one stack; a later version may write more."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    stack: str = Field(max_length=300)
    environment: str | None
    outcome: Outcome
    changes: dict[str, int] = {}
    drift: int = 0
    tags_only: bool = False
    pending_keys: list[str] = []
    reason: str = ""

    def result(self) -> StackResult:
        return StackResult(
            self.stack,
            self.environment,
            self.outcome,
            {one_line(kind): count for kind, count in self.changes.items()},
            drift=self.drift,
            tags_only=self.tags_only,
            pending_keys=tuple(map(one_line, self.pending_keys)),
            reason=one_line(self.reason, most=_LONGEST_REASON),
        )


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    operation: Operation
    stacks: list[_Stack]


@dataclass(frozen=True)
class Tables:
    """The results of all jobs by operation, sorted by stack; `missing` jobs ended before they wrote any."""

    results: Mapping[Operation, Sequence[StackResult]]
    missing: int = 0


def read_tables(folder: Path) -> Tables:
    """The results in the JSON files below the folder, which may be missing.

    An empty file is that of a job which could not begin. SettingsError if a file cannot be read, or is not what `run`
    writes.
    """
    documents = [_read(file) for file in sorted(folder.rglob("*.json"))]
    results: dict[Operation, list[StackResult]] = {}
    for document in filter(None, documents):
        results.setdefault(document.operation, []).extend(stack.result() for stack in document.stacks)
    by_stack = {
        operation: sorted(results[operation], key=lambda result: result.stack)
        for operation in get_args(Operation)
        if operation in results
    }
    return Tables(by_stack, documents.count(None))


def _read(file: Path) -> _Document | None:
    try:
        size = file.stat().st_size
        if size == 0:
            return None
        if size > LARGEST:
            raise SettingsError(f"{file} has more than {LARGEST:,} bytes, so it is not a table of `run`")
        return _Document.model_validate(read_json(file.read_bytes()))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        where = f", at {'.'.join(map(str, error.errors()[0]['loc']))}" if isinstance(error, ValidationError) else ""
        raise SettingsError(
            f"{file} is not what `bedrock-projects run … --format json` writes{where}; give the files of the jobs"
        ) from None


def markdown(tables: Tables) -> str:
    """A table for each operation; says so if no job wrote one."""
    parts = [f"{markdown_of(results, operation).rstrip()}\n" for operation, results in tables.results.items()]
    if tables.missing:
        parts.append(f"Jobs that wrote no table: {tables.missing}; see their logs.\n")
    return "\n".join(parts or ["No stack was run.\n"])


def differing(tables: Tables) -> list[str]:
    """The stacks that drifted, or that a preview would change, sorted.

    An update of the cost allocation tags alone does not count: AWS needs days to discover a key.
    """
    return sorted(
        {
            result.stack
            for results in tables.results.values()
            for result in results
            if result.drift or (result.outcome in _DIFFERS and not result.tags_only)
        }
    )
