"""A dynamic provider that does nothing."""

from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class NothingProvider(ResourceProvider):
    """Answers at once."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """A change where the tags differ."""
        return DiffResult(changes=_olds["tags"] != _news["tags"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """The name is the id."""
        return CreateResult(props["name"], props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """What is wanted is what is."""
        return UpdateResult(_news)


class Nothing(Resource, module="floor", name="Nothing"):
    """A resource without anything behind it."""

    def __init__(self, resource_name: str, inputs: dict[str, Any]) -> None:
        super().__init__(NothingProvider(), resource_name, inputs)
