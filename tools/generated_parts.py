"""Generated parts of a page: each is between two marks, and a check says whether the page is stale."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

_MARKS = ("<!-- begin generated: {} -->", "<!-- end generated: {} -->")


def write_or_check(
    page: Path, parts: Callable[[], Mapping[str, str]], *, module: str, arguments: list[str] | None
) -> int:
    """Writes or checks the parts of the page, by name; the exit status. `module` is what `python -m` runs."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the generated parts")
    mode.add_argument("--check", action="store_true", help="exit with 1 where one is stale")
    is_check = parser.parse_args(arguments).check
    before = page.read_text("utf-8")
    after = filled_in(before, parts())
    if is_check and before != after:
        print(f"{page} is stale: run python -m {module} --write")
    elif before != after:
        page.write_text(after, "utf-8")
    return int(is_check and before != after)


def filled_in(document: str, parts: Mapping[str, str]) -> str:
    """The document with these texts between their marks."""
    for name, text in parts.items():
        begin, end = (mark.format(name) for mark in _MARKS)
        before, _, rest = document.partition(begin)
        document = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return document
