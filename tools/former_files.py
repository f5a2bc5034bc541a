"""Keeps the list of what the template for teams has ever had: `upgrade` recognises files by it that nobody edited.

python -m tools.former_files --write    # adds today's files; what the list has stays
python -m tools.former_files --check    # exit status 1 if it lacks one
"""

import argparse
import sys

from bedrock_projects.upgrade.former import LIST, as_lines, current_files, former_files


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the list; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.former_files")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="add today's files to the list")
    mode.add_argument("--check", action="store_true", help="exit with 1 if the list lacks one")
    is_check = parser.parse_args(arguments).check
    former, current = former_files(), current_files()
    lacking = [path for path, hashes in current.items() if not hashes <= former.get(path, set())]
    for path in lacking:
        if is_check:
            sys.stdout.write(f"{LIST.name} lacks {path}: run python -m tools.former_files --write\n")
        else:
            former.setdefault(path, set()).update(current[path])
    if not is_check:
        LIST.write_text(as_lines(former), "utf-8")
    return int(is_check and bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
