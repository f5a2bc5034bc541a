"""Why a run of the engine failed: the first line of what it said, and what to do where only this package knows."""

from collections.abc import Sequence

_LOCKED = "the stack is currently locked"
_CUT_OFF = "failed to load checkpoint: EOF"
_MOST = 300


def reason_of(errors: Sequence[str], said: str, *, code: int, stack: str) -> str:
    """One line: the first of the engine's `errors`, else of what the CLI `said`, else its exit code."""
    _, *bare = f"\n{said}".split("\nerror: ")
    first = next(filter(None, (text.strip().partition("\n")[0] for text in (*errors, *bare))), "")
    line = first[:_MOST] or f"the Pulumi CLI ended with exit code {code}; see the log"
    return f"{line}{_remedy(said, stack)}"


def _remedy(said: str, stack: str) -> str:
    if _LOCKED in said:
        return f"; if no run of it is active, run `pulumi cancel --stack {stack}`"
    if _CUT_OFF in said:
        return "; docs/operations.md says what to do after a killed run"
    return ""
