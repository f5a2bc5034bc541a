"""The licences of what the program runs on: each is on the list, and no locked package is left out."""

from importlib.metadata import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.documents import ROOT
from tools.licences import (
    ELSEWHERE,
    EXCEPTIONS,
    EXTRAS,
    PACKAGE,
    Licence,
    licences,
    names_of_licences,
    runtime_packages,
)


def locked() -> list[Requirement]:
    """What `requirements.txt` pins, with its markers."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    return [Requirement(line.removesuffix(" \\")) for line in lines if line[:1].isalpha()]


def test_every_package_has_a_licence_that_is_accepted() -> None:
    packages = runtime_packages()
    found = licences(packages)
    assert {licence.package for licence in found} == packages
    assert [licence for licence in found if not licence.is_accepted] == []


def test_every_locked_package_is_looked_at() -> None:
    here = {canonicalize_name(pin.name) for pin in locked() if pin.marker is None or pin.marker.evaluate()}
    assert len(here) > 30
    assert here <= runtime_packages()


def test_the_packages_of_other_systems_are_known() -> None:
    elsewhere = {pin.name for pin in locked() if pin.marker and "sys_platform" in str(pin.marker)}
    assert elsewhere == ELSEWHERE.keys()


def test_the_licence_of_every_locked_package_is_known() -> None:
    known = names_of_licences()
    assert [pin.name for pin in locked() if not known.get(canonicalize_name(pin.name))] == []
    assert Licence("colorama", "0.4.6", known["colorama"]).is_accepted


def test_the_extras_of_users_are_looked_at() -> None:
    assert {*metadata(PACKAGE).get_all("Provides-Extra", [])} == {*EXTRAS, "dev"}
    assert {"pulumi-aws", "jinja2", "markupsafe", "pygal"} <= runtime_packages()


@pytest.mark.parametrize(
    ("package", "name", "accepted"),
    [
        ("a", "MIT", True),
        ("a", "GPL-3.0-only", False),
        ("a", "UNKNOWN", False),
        ("a", EXCEPTIONS["pygal"], False),
        ("pygal", EXCEPTIONS["pygal"], True),
        ("pygal", "AGPL-3.0-only", False),
    ],
)
def test_a_licence_is_accepted_by_the_list_or_as_the_exception_of_its_package(
    package: str, name: str, accepted: bool
) -> None:
    assert Licence(package, "1.0", name).is_accepted == accepted


def test_the_licence_of_this_package_is_in_its_metadata() -> None:
    own = metadata(PACKAGE)
    assert own["License-Expression"] == "Apache-2.0"
    assert {*own.get_all("License-File", [])} == {"LICENSE", "NOTICE"}
