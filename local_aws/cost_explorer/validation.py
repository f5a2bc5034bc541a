"""Checks a request against the model, in the words that AWS's JSON services use.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html
Not imitated: unknown members are ignored, as the service does.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from local_aws.cost_explorer import rules
from local_aws.cost_explorer.exceptions import SerializationException, ValidationException
from local_aws.messages import Request

_T = TypeVar("_T")


class Members:
    """The members of a request's body; complaints are collected and raised together by `check`."""

    def __init__(self, body: dict[str, Any], *, path: str = "", complaints: list[str] | None = None) -> None:
        self._body = body
        self._path = path
        self._complaints: list[str] = [] if complaints is None else complaints

    @classmethod
    def of(cls, request: Request) -> "Members":
        """The body of a request; SerializationException unless it is a JSON object."""
        try:
            body = request.json
        except ValueError:
            raise SerializationException("The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise SerializationException("Start of structure or map found where not expected.")
        return cls(body)

    def has(self, name: str) -> bool:
        """Whether the member is there."""
        return self._body.get(name) is not None

    def structure(self, name: str) -> "Members":
        """A structure, which is required."""
        body = self._typed(name, dict, required=True)
        return Members(body or {}, path=f"{self._path}{_lower(name)}.", complaints=self._complaints)

    def text(self, name: str, *, required: bool = False, allowed: Sequence[str] = ()) -> str | None:
        """A string member, of the allowed values if there are any."""
        value = self._typed(name, str, required=required)
        if value is not None and allowed and value not in allowed:
            self._complain(value, name, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        return value

    def matching(self, name: str, pattern: str) -> str:
        """A required string that fits a pattern as a whole."""
        value = self.text(name, required=True)
        if value is not None and not re.fullmatch(pattern, value):
            self._complain(value, name, f"Member must satisfy regular expression pattern: {pattern}")
        return value or ""

    def number(self, name: str, *, low: int, high: int, required: bool = False) -> int | None:
        """A whole number within bounds."""
        value = self._typed(name, int, required=required)
        if value is not None and value < low:
            self._complain(value, name, f"Member must have value greater than or equal to {low}")
        if value is not None and value > high:
            self._complain(value, name, f"Member must have value less than or equal to {high}")
        return value

    def texts(self, name: str, *, high: int | None = None) -> list[str] | None:
        """A list of 1 to `high` strings; of any number without `high`."""
        values = self._listed(name, high=high, required=False)
        if values is not None and not all(isinstance(value, str) for value in values):
            raise SerializationException(f"{_lower(name)} can not be converted to a List of String")
        return values

    def structures(self, name: str, *, high: int | None = None, required: bool = True) -> Iterator["Members"]:
        """The structures of a list of 1 to `high`; of any number without `high`."""
        for index, value in enumerate(self._listed(name, high=high, required=required) or [], start=1):
            if not isinstance(value, dict):
                raise SerializationException(f"{_lower(name)} can not be converted to a List of Structure")
            path = f"{self._path}{_lower(name)}.{index}.member."
            yield Members(value, path=path, complaints=self._complaints)

    def check(self) -> None:
        """Raises all complaints as one ValidationException."""
        if self._complaints:
            count = len(self._complaints)
            head = f"{count} validation error{'s' if count > 1 else ''} detected: "
            raise ValidationException(head + "; ".join(self._complaints), rule=rules.SHAPE)

    def _listed(self, name: str, *, high: int | None, required: bool) -> list[Any] | None:
        values: list[Any] | None = self._typed(name, list, required=required)
        if values is None or high is None:
            return values
        if not values:
            self._complain(values, name, "Member must have length greater than or equal to 1")
        if len(values) > high:
            self._complain(values, name, f"Member must have length less than or equal to {high}")
        return values

    def _typed(self, name: str, kind: type[_T], *, required: bool) -> _T | None:
        value = self._body.get(name)
        if value is None:
            if required:
                self._complain(None, name, "Member must not be null")
            return None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise SerializationException(f"{_lower(name)} can not be converted to {kind.__name__}")
        return value

    def _complain(self, value: Any, name: str, constraint: str) -> None:
        shown = "null" if value is None else f"'{value}'"
        where = f"{self._path}{_lower(name)}"
        self._complaints.append(f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}")


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
