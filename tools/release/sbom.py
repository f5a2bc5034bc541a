"""The SBOM of a release: what the generator cannot read from a file of pins is added. Pure: from values to values."""

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name


def completed(sbom: Mapping[str, Any], licences: Mapping[str, str]) -> dict[str, Any]:
    """The SBOM (CycloneDX) with the package URL of what it describes, and with the licence of each component.

    `licences` are by normalised name of the package; a component that they lack stays as it is.
    """
    described = sbom["metadata"]["component"]
    purl = f"pkg:pypi/{canonicalize_name(described['name'])}@{described['version']}"
    components = [
        {**component, "licenses": [_licence(licences[name])]}
        if (name := canonicalize_name(component["name"])) in licences
        else component
        for component in sbom["components"]
    ]
    return {
        **sbom,
        "metadata": {**sbom["metadata"], "component": {**described, "purl": purl}},
        "components": components,
    }


def sbom_problems(sbom: Mapping[str, Any]) -> list[str]:
    """What an SBOM lacks."""
    described = sbom["metadata"]["component"]
    return [
        *([] if described.get("purl") else [f"the SBOM has no package URL of {described['name']}"]),
        *(f"the SBOM has no licence of {name}" for name in _without_licence(sbom)),
    ]


def _without_licence(sbom: Mapping[str, Any]) -> Iterator[str]:
    return (f"{part['name']} {part['version']}" for part in sbom["components"] if not part.get("licenses"))


def _licence(name: str) -> dict[str, Any]:
    """The licence as CycloneDX has it: an id or an expression of SPDX, or else the words of the package."""
    declared = {"acknowledgement": "declared"}
    try:
        expression = str(canonicalize_license_expression(name))
    except InvalidLicenseExpression:
        return {"license": {"name": name, **declared}}
    return {"expression": expression, **declared} if " " in expression else {"license": {"id": expression, **declared}}
