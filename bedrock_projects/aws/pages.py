"""Pages that are followed by hand, where boto3 has no paginator or one that a service can lead round in circles."""

from collections.abc import Callable, Iterator
from typing import Any

from bedrock_projects.errors import AmbiguousError


def pages_of(
    ask: Callable[..., dict[str, Any]],
    *,
    cursor: str,
    action: str,
    following: Callable[[dict[str, Any]], str | None] | None = None,
) -> Iterator[dict[str, Any]]:
    """The pages, one at a time; `cursor` is what `ask` takes for the next page.

    `following` says what a page names as the next one; without it, that is the page's member of the name `cursor`.

    AmbiguousError if AWS names a page a second time: a list without end would be asked for, and some requests are paid.
    """
    named: set[str] = set()
    page = ask()
    yield page
    while name := following(page) if following else page.get(cursor):
        if name in named:
            raise AmbiguousError("AWS names a page a second time; run this again", action=action)
        named.add(name)
        page = ask(**{cursor: name})
        yield page
