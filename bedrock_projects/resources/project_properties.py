"""The inputs and outputs of a `Project` resource, from the engine's dictionaries to values and back."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bedrock_projects.projects.changes import DeclaredProject, ManagedProject

_SEQUENCES = ("previous_owners", "ignore_tags")


def declared_from(properties: Mapping[str, Any]) -> DeclaredProject:
    """Reads the inputs or outputs of the resource; other properties are left out."""
    names = {field.name for field in fields(DeclaredProject)}
    values: dict[str, Any] = {name: v for name, v in properties.items() if name in names and v is not None}
    values.update({name: tuple(values[name]) for name in _SEQUENCES if name in values})
    return DeclaredProject(**values)


def inputs_of(declared: DeclaredProject) -> dict[str, Any]:
    """The inputs of the resource; what is unset is left out, as the engine does."""
    values = {field.name: getattr(declared, field.name) for field in fields(DeclaredProject)}
    inputs = {name: list(value) for name, value in values.items() if name in _SEQUENCES and value}
    return inputs | {name: value for name, value in values.items() if name not in _SEQUENCES and value is not None}


def outputs_of(managed: ManagedProject) -> dict[str, Any]:
    """The outputs of the resource: its inputs and what the service adds."""
    return {
        **inputs_of(managed.declared),
        "arn": managed.arn,
        "created_at": managed.created_at,
        "account_id": managed.account_id,
        "base_url": managed.base_url,
    }


def managed_from(id_: str, properties: Mapping[str, Any]) -> ManagedProject:
    """Reads the outputs of the resource."""
    created_at = properties.get("created_at")
    return ManagedProject(
        id=id_,
        declared=declared_from(properties),
        arn=properties.get("arn") or "",
        created_at=None if created_at is None else int(created_at),
        account_id=properties.get("account_id") or "",
        base_url=properties.get("base_url") or "",
    )
