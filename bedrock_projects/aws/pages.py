"""The pages of what Billing answers: boto3 has no paginator for costs."""

from collections.abc import Callable, Iterator
from typing import Any

from bedrock_projects.errors import AmbiguousError


def pages_of(ask: Callable[..., dict[str, Any]], *, cursor: str, action: str) -> Iterator[dict[str, Any]]:
    """The pages, one at a time; `cursor` is the member that names the next page, and what `ask` takes for it.

    AmbiguousError if AWS names a page a second time, as boto3's paginators do: some of these requests are paid for.
    """
    named: set[str] = set()
    page = ask()
    yield page
    while following := page.get(cursor):
        if following in named:
            raise AmbiguousError("AWS names a page a second time; run this again", action=action)
        named.add(following)
        page = ask(**{cursor: following})
        yield page
