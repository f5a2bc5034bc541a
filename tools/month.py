"""`make month`: the commands of the page A month's chargeback, run on a local AWS; their files stay in .local/month."""

import shutil
import sys

import local_aws
from tests.documents import ROOT, sessions
from tests.local_aws.doc_setups import DOC_SETUPS, open_doc_setup

PAGE = "docs/chargeback.md"
FOLDER = ROOT / ".local" / "month"


def main() -> int:
    """Prints each command and its answer; 0, because the page has a command that is refused, or 130 after a Ctrl-C."""
    try:
        _walk()
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    return 0


def _walk() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with local_aws.running() as aws, open_doc_setup(aws, FOLDER) as setup:
        for session in sessions(PAGE):
            DOC_SETUPS[PAGE][session.name](setup)
            for command in session.commands:
                print("\n".join([f"\n$ {command.text}", *setup.shell.run(command.text)]), flush=True)
    print(f"\nThe files are in {FOLDER.relative_to(ROOT)}; open statements/2026-10/statement-all.html there.")


if __name__ == "__main__":
    sys.exit(main())
