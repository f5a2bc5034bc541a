"""Keeps docs/conformance.md in step with the checks.

python -m tools.conformance_document --write    # writes the generated parts below the current folder
python -m tools.conformance_document --check    # exit status 1 where they are stale
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from bedrock_projects.conformance.both_answers import ASSUMED, handling_of
from bedrock_projects.conformance.checks import Check, Level, Question
from bedrock_projects.conformance.table import checks_of, most_requests
from local_aws.unchecked import RULES, SWITCHES
from tools.generated_parts import write_or_check

_DOCUMENT = Path("docs/conformance.md")


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the document; the exit status."""
    return write_or_check(_DOCUMENT, _parts, module="tools.conformance_document", arguments=arguments)


def _parts() -> dict[str, str]:
    checks = {f"checks {level.value}": _checks(level) for level in Level}
    operations = {f"operations {level.value}": _operations(level) for level in Level}
    return (
        checks
        | operations
        | {"unchecked rules": _reasons(RULES, "rule"), "unchecked switches": _reasons(SWITCHES, "switch")}
    )


def _reasons(reasons: Mapping[str, str], kind: str) -> str:
    head = [f"| {kind} | why no check looks at it |", "|---|---|"]
    return "\n".join([*head, *(f"| `{name}` | {reason} |" for name, reason in sorted(reasons.items()))])


def _checks(level: Level) -> str:
    head = ["| check | settles | waits | source |", "|---|---|---|---|"]
    checks = checks_of(level)
    rows = [f"| `{check.name}` | {check.settles} | {check.wait} | [AWS]({check.source}) |" for check in checks]
    questions = [
        "| question | expected | known | differs | switch | any answer is right by |",
        "|---|---|---|---|---|---|",
    ]
    questions += [_question(check, question) for check in checks for question in check.questions]
    return "\n".join([*head, *rows, "", *questions])


def _question(check: Check, question: Question) -> str:
    switch = f"`{question.switch}`" if question.switch else ""
    expected, others = " or ".join(question.expected), ", ".join(question.others) or "any other answer"
    assumed = ASSUMED.get(f"{check.name} {question.name}", "")
    handling = handling_of(check.name, question) or (f"**assumed**: {assumed}" if assumed else "")
    return f"| `{check.name}` {question.name} | {expected} | {question.known} | {others} | {switch} | {handling} |"


def _operations(level: Level) -> str:
    head = ["| operation | most requests |", "|---|---|"]
    return "\n".join([*head, *(f"| `{name}` | {count} |" for name, count in most_requests(level).items())])


if __name__ == "__main__":
    sys.exit(main())
