"""Builds and checks what a release publishes; see `--help`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from bedrock_projects.template.pins import Pin, requirements
from bedrock_projects.template.wheels import pin_of_wheel
from tools.release.building import (
    ROOT,
    Distributions,
    build,
    environment_with_tools,
    environment_with_wheel,
    fresh,
    output_of,
    run,
    unpack,
    write_sbom,
)
from tools.release.contents import changelog_problems, sdist_problems, template_problems, wheel_problems

TEMPLATE = ROOT / "templates" / "pulumi" / "requirements.txt"

_HELP = """\
Builds wheel and source archive of the current commit twice, and compares their hashes. Then it checks the metadata,
the contents and the changelog, writes the SBOM, and installs the wheel into a new environment.
The files to publish are in <folder>/dist. Changes that are not committed are not part of them.
"""
_UMASKS = (0o022, 0o077)
"""Two machines differ in this, as in the time and the folder: the files must not."""


def main() -> int:
    """Checks the release of the current commit; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=ROOT / ".local" / "release", help="where everything is written")
    parser.add_argument(
        "--tag", help="tag of the release: must fit the version, which the changelog must call released"
    )
    parser.add_argument(
        "--write-template", action="store_true", help="only write the hash of the wheel into the template"
    )
    options = parser.parse_args()
    folder = fresh(options.folder.resolve())
    tools = environment_with_tools(folder / "tools")
    built = _build_twice(folder, tools)
    version = built.wheel.name.split("-")[1]
    if options.write_template:
        TEMPLATE.write_text(requirements(pin_of(built.wheel)), "utf-8")
        print(f"written: {TEMPLATE.relative_to(ROOT)}")
        return 0
    _print_contents(built)
    _refuse(_problems(built, version, tag=options.tag))
    run(tools / "twine", "check", "--strict", built.wheel, built.sdist)
    print("metadata: accepted by twine")
    _refuse(write_sbom(tools, folder / "sbom.cdx.json"))
    print(f"SBOM: {folder / 'sbom.cdx.json'}")
    _install(built.wheel, folder / "installed", version)
    return 0


def _build_twice(folder: Path, tools: Path) -> Distributions:
    """Builds the commit in two folders, and refuses files that differ; those to publish."""
    commit = output_of("git", "rev-parse", "HEAD")
    sources = [unpack(commit, folder / f"source-{umask:o}", umask=umask) for umask in _UMASKS]
    first, second = (
        build(source, folder / target, tools) for source, target in zip(sources, ("dist", "again"), strict=True)
    )
    hashes = first.hashes()
    _refuse([f"two builds of {name} differ" for name, hash_ in second.hashes().items() if hashes[name] != hash_])
    print(f"commit: {commit}")
    for name, hash_ in hashes.items():
        print(f"same in two builds: {name} sha256:{hash_}")
    return first


def _problems(built: Distributions, version: str, *, tag: str | None) -> list[str]:
    sdist = built.names_in_sdist()
    return [
        *sdist_problems(sdist, version),
        *wheel_problems(built.names_in_wheel(), version, sdist=sdist),
        *template_problems(TEMPLATE.read_text("utf-8"), requirements(pin_of(built.wheel))),
        *changelog_problems((ROOT / "CHANGELOG.md").read_text("utf-8"), version, tag=tag),
    ]


def pin_of(wheel: Path) -> Pin:
    """The pin of the wheel, as a package index will have it."""
    return replace(pin_of_wheel(wheel), wheel=None)


def _print_contents(built: Distributions) -> None:
    names = sorted(built.names_in_wheel())
    print(f"{built.wheel.name}: {len(names)} files, {built.wheel.stat().st_size:,} bytes")
    for name in names:
        print(f"  {name}")


def _install(wheel: Path, folder: Path, version: str) -> None:
    """Installs the wheel with the pinned versions of what it needs, and runs its command outside of the repository.

    The newest versions that it accepts are tested by jobs that publish nothing.
    """
    executables = environment_with_wheel(folder, wheel)
    run(executables / "python", "-m", "pip", "check", "--disable-pip-version-check")
    command = executables / "bedrock-projects"
    _refuse([] if version in output_of(command, "--version", cwd=folder) else [f"--version does not print {version}"])
    run(command, "validate", ROOT / "projects.yaml", cwd=folder)
    print("installed: the command prints the version and accepts the sample inventory")


def _refuse(problems: list[str]) -> None:
    """Ends the check if there are problems."""
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    sys.exit(main())
