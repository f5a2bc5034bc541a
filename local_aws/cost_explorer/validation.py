"""Checks a request against the model, in the words that AWS's JSON services use.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html
Not imitated: unknown members are ignored, as the service does.
"""

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

    def text(self, name: str, *, required: bool = False, allowed: Sequence[str] = ()) -> str | None:
        """A string member, of the allowed values if there are any."""
        value = self._typed(name, str, required=required)
        if value is not None and allowed and value not in allowed:
            self._complain(value, name, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        return value

    def number(self, name: str, *, low: int, high: int) -> int | None:
        """A whole number within bounds."""
        value = self._typed(name, int, required=False)
        if value is not None and value < low:
            self._complain(value, name, f"Member must have value greater than or equal to {low}")
        if value is not None and value > high:
            self._complain(value, name, f"Member must have value less than or equal to {high}")
        return value

    def texts(self, name: str, *, high: int) -> list[str] | None:
        """A list of 1 to `high` strings."""
        values = self._listed(name, high=high, required=False)
        if values is not None and not all(isinstance(value, str) for value in values):
            raise SerializationException(f"{_lower(name)} can not be converted to a List of String")
        return values

    def structures(self, name: str, *, high: int) -> Iterator["Members"]:
        """The structures of a list of 1 to `high`; the list is required."""
        for index, value in enumerate(self._listed(name, high=high, required=True) or [], start=1):
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

    def _listed(self, name: str, *, high: int, required: bool) -> list[Any] | None:
        values: list[Any] | None = self._typed(name, list, required=required)
        if values is not None and not values:
            self._complain(values, name, "Member must have length greater than or equal to 1")
        if values is not None and len(values) > high:
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
