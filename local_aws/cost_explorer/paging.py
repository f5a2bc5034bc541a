"""Pages of an answer: all of it is worked out for the first page, the others are cut from that.

So the pages of one question fit together, with anything between them. The fault `request_changed` ends a question:
its token is refused from then on. Not imitated: tokens that expire with time.
"""

import base64
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from local_aws.cost_explorer.exceptions import InvalidNextTokenException, RequestChangedException
from local_aws.messages import Request

_KEPT: Final = 32
_ENDED: Final = ""


class Page(NamedTuple):
    """A page's items, how many all pages have, and the members that name the next page."""

    items: list[Any]
    total: int
    following: dict[str, str]


class _Answer(NamedTuple):
    question: str
    items: list[Any]


class Pages:
    """The latest answers that have more than one page, by number."""

    def __init__(self) -> None:
        self._answers: OrderedDict[int, _Answer] = OrderedDict()
        self._numbers = 0

    def page(
        self, request: Request, account: str, *, size: int, items: Callable[[], list[Any]], changed: bool = False
    ) -> Page:
        """The page that the request's NextPageToken names; `items` works the answer out.

        `changed` ends a running question.
        """
        question = json.dumps([account, {**request.json_object, "NextPageToken": None}], sort_keys=True)
        token = request.json_object.get("NextPageToken")
        number, start = (0, 0) if token is None else _read(token)
        answer = _Answer(question, items()) if token is None else self._answers.get(number)
        if answer is None:
            raise InvalidNextTokenException
        if token is not None and changed:
            answer = self._answers[number] = answer._replace(question=_ENDED)
        if answer.question != question:
            raise RequestChangedException
        end = start + size
        if end >= len(answer.items):
            return Page(answer.items[start:], len(answer.items), {})
        number = number or self._keep(answer)
        return Page(answer.items[start:end], len(answer.items), {"NextPageToken": _write(number, end)})

    def _keep(self, answer: _Answer) -> int:
        self._numbers += 1
        self._answers[self._numbers] = answer
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return self._numbers


def _write(number: int, start: int) -> str:
    return base64.urlsafe_b64encode(f"{number} {start}".encode()).decode()


def _read(token: object) -> tuple[int, int]:
    try:
        number, start = base64.urlsafe_b64decode(str(token)).decode().split()
        return int(number), int(start)
    except ValueError:
        raise InvalidNextTokenException from None
