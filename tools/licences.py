"""The licence of every package that the program needs, with its extras; fails if one is not on the list.

python -m tools.licences    # a line for each package; exit status 1 if a licence is not accepted

pip-licenses reads the licences; this module says for which packages, and which licences are accepted.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = "bedrock-projects"
EXTRAS = ("aws", "exports", "html", "xlsx")
"""The extras that users install; `dev` is for this repository."""
ACCEPTED = frozenset(
    {
        "3-Clause BSD License",
        "Apache Software License",
        "Apache Software License; BSD License",
        "Apache-2.0",
        "Apache-2.0 OR BSD-2-Clause",
        "BSD License",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC License (ISCL)",
        "MIT",
        "MIT License",
        "PSF-2.0",
    }
)
"""Permissive licences, as packages name them."""
EXCEPTIONS = {"pygal": "GNU Lesser General Public License v3 or later (LGPLv3+)"}
"""Package → its licence, which is accepted for this package alone; docs/licences.md says why."""

ELSEWHERE = {"colorama": "BSD-3-Clause"}
"""Package that only other systems need, so that it is not installed here → its licence."""


@dataclass(frozen=True)
class Licence:
    """An installed package and its licence, as the package names it."""

    package: str
    version: str
    name: str

    @property
    def is_accepted(self) -> bool:
        """Whether the licence is on the list, or is the exception of this package."""
        return self.name in ACCEPTED or EXCEPTIONS.get(self.package) == self.name


def runtime_packages() -> set[str]:
    """The normalised names of all packages that this one needs on this machine, with its extras."""
    names: set[str] = set()
    pending = list(_needed_by(PACKAGE, EXTRAS))
    while pending:
        requirement = pending.pop()
        name = canonicalize_name(requirement.name)
        if name not in names:
            names.add(name)
            pending.extend(_needed_by(name, requirement.extras))
    return names


def licences(packages: Iterable[str]) -> list[Licence]:
    """The licences of these installed packages, in the order of their names."""
    command = ("piplicenses", "--with-system", "--format=json", "--packages", *sorted(packages))
    answer = subprocess.run([sys.executable, "-m", *command], stdout=subprocess.PIPE, check=True).stdout
    found = (Licence(canonicalize_name(row["Name"]), row["Version"], row["License"]) for row in json.loads(answer))
    return sorted(found, key=lambda licence: licence.package)


def names_of_licences() -> dict[str, str]:
    """The normalised name of each package that the program needs on any system → its licence."""
    return {licence.package: licence.name for licence in licences(runtime_packages())} | ELSEWHERE


def main() -> int:
    """Prints a line for each package; the exit status."""
    found = licences(runtime_packages())
    for licence in found:
        print(f"{licence.package:<42}{licence.version:<12}{licence.name}")
    refused = [licence.package for licence in found if not licence.is_accepted]
    if refused:
        print(f"not accepted: {', '.join(refused)}; read the licence, then see tools/licences.py", file=sys.stderr)
    return int(bool(refused))


def _needed_by(package: str, extras: Iterable[str]) -> Iterator[Requirement]:
    """What an installed package requires on this machine, with these extras of it."""
    for text in requires(package) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


if __name__ == "__main__":
    sys.exit(main())
