"""The table of limits says what AWS says, for any script."""

import sys
import unicodedata

import pytest

from bedrock_projects import limits
from bedrock_projects.limits import Limit

LIMITS = [limit for limit in vars(limits).values() if isinstance(limit, Limit)]


def test_tags_take_letters_digits_and_spaces_of_any_script_and_nine_signs() -> None:
    assert limits.TAG_KEY.characters == limits.TAG_VALUE.characters
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        allowed = unicodedata.category(character)[0] in "LNZ" or character in "_.:/=+-@"
        assert (limits.TAG_VALUE.violation(f"a{character}a") is None) == allowed, f"U+{code:04X}"


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.noun)
def test_the_examples_of_a_limit_keep_to_it(limit: Limit) -> None:
    assert limit.examples
    assert [example for example in limit.examples if limit.violation(example.strip('"'))] == []


@pytest.mark.parametrize(
    ("limit", "longest"), [(limits.TAG_KEY, 128), (limits.TAG_VALUE, 256), (limits.PROJECT_NAME, 128)]
)
@pytest.mark.parametrize("character", ["a", "é", "検", "𐐷"])
def test_lengths_count_characters(limit: Limit, longest: int, character: str) -> None:
    assert limit.violation(character * longest) is None
    assert f"is {longest + 1} characters long" in (limit.violation(character * (longest + 1)) or "")


@pytest.mark.parametrize("prefix", ["aws:", "AWS:", "Aws:"])
def test_the_prefix_of_aws_is_reserved_in_any_case(prefix: str) -> None:
    assert "which AWS reserves" in (limits.TAG_KEY.violation(f"{prefix}owner") or "")
    assert limits.TAG_KEY.violation(f"x{prefix}") is None


@pytest.mark.parametrize("text", [" a", "a ", "\u00a0a", "a\u3000", " "])
def test_white_space_around_a_tag_is_refused(text: str) -> None:
    for limit in (limits.TAG_KEY, limits.TAG_VALUE):
        assert "begins or ends with white space" in (limit.violation(text) or "")


@pytest.mark.parametrize(("text", "named"), [("a&b", "'&' (U+0026 AMPERSAND)"), ("a\x07", "U+0007 control character")])
def test_the_first_character_that_is_not_allowed_is_named(text: str, named: str) -> None:
    assert f"contains {named}" in (limits.TAG_VALUE.violation(text) or "")


def test_an_empty_value_is_a_value_and_an_empty_key_is_none() -> None:
    assert limits.TAG_VALUE.violation("") is None
    assert "is empty" in (limits.TAG_KEY.violation("") or "")


def test_the_longest_names_make_an_ownership_tag_that_fits() -> None:
    parts = (limits.INVENTORY_NAME, limits.ENVIRONMENT_NAME, limits.PROJECT_KEY)
    owner = "/".join("a" * limit.longest for limit in parts)
    assert limits.OWNER.violation(owner) is None
    assert limits.TAG_VALUE.violation(owner) is None


@pytest.mark.parametrize("region", limits.REGIONS)
def test_every_known_region_looks_like_one(region: str) -> None:
    assert limits.REGION.violation(region) is None


def test_the_default_project_is_refused_with_the_reason() -> None:
    assert "can be neither tagged nor archived" in (limits.PROJECT_ID.violation("default") or "")
