"""The table of limits says what AWS says, for any script."""

import re
import sys
import unicodedata

import botocore.session
import pytest

from bedrock_projects import limits
from bedrock_projects.limits import Limit

# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt: Default_Ignorable_Code_Point, as far as its
# characters have a category of what is seen.
IGNORABLE = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0",
    *map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]),
}
LIMITS = [limit for limit in vars(limits).values() if isinstance(limit, Limit)]
FILLERS = "\u115f\u1160\u3164\uffa0"  # letters by their category, without a look
BLANKS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if character in FILLERS or (unicodedata.category(character)[0] == "Z" and character != " ")
]
# Of 17 planes, 12 have no character that a name may have: there, one code in 251 is tried.
PLANES = {plane: range(plane << 16, (plane + 1) << 16) for plane in range(17)}
EMPTY = [*range(4, 14), 15, 16]
CODES = [code for plane, codes in PLANES.items() for code in (codes[::251] if plane in EMPTY else codes)]


def test_an_empty_plane_has_no_character_that_is_seen() -> None:
    categories = {unicodedata.category(chr(code)) for plane in EMPTY for code in PLANES[plane]}
    assert categories == {"Cn", "Co"}, "unassigned and private"


def test_tags_take_letters_and_digits_of_any_script_the_space_and_nine_signs() -> None:
    assert limits.TAG_KEY.characters == limits.TAG_VALUE.characters
    for code in CODES:
        character = chr(code)
        allowed = (unicodedata.category(character)[0] in "LN" and character not in FILLERS) or character in " _.:/=+-@"
        assert (limits.TAG_VALUE.violation(f"a{character}a") is None) == allowed, f"U+{code:04X}"


@pytest.mark.parametrize("limit", [limits.TAG_KEY, limits.TAG_VALUE, limits.PROJECT_NAME], ids=lambda limit: limit.noun)
def test_white_space_that_nobody_can_tell_from_a_space_is_named(limit: Limit) -> None:
    assert len(BLANKS) > 15
    for character in BLANKS:
        name = f"U+{ord(character):04X} {unicodedata.name(character)}"
        assert limit.violation(f"a{character}a") == (
            f"contains {name}, which is hard to see; replace it with an ordinary space"
        )
        assert limit.violation(character)


def test_a_name_takes_every_character_that_a_reader_sees_and_no_other() -> None:
    hidden, blank = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}, {*BLANKS, "\u2800"}
    for code in CODES:
        character = chr(code)
        seen = unicodedata.category(character) not in hidden and character not in IGNORABLE
        taken = seen and character not in blank
        assert (limits.PROJECT_NAME.violation(f"a{character}a") is None) == taken, f"U+{code:04X}"
        assert limits.is_hidden(character) != seen, f"U+{code:04X}"


def category(code: int) -> str:
    return unicodedata.category(chr(code))


# Of a long run of letters or of codes without a character, one in 16 and both ends: the patterns know runs alone.
EDITED = [
    code
    for code in (*range(0x10000), *range(0x1F600, 0x1F700), *range(0xE0000, 0xE0200), *range(0x10FF00, 0x110000))
    if code < 0x3000
    or code % 16 == 0
    or not category(code - 1) == category(code) == category(code % sys.maxunicode + 1)
    or category(code) not in ("Cn", "Co", "Cs", "Lo")
]
# What decides on a single character, once.
PATTERNS = {(limit.pattern, limit.characters): limit for limit in LIMITS if limit.visible}


@pytest.mark.parametrize("limit", PATTERNS.values(), ids=lambda limit: limit.noun)
def test_the_pattern_for_editors_refuses_no_character_that_the_reader_takes_and_most_that_it_does_not(
    limit: Limit,
) -> None:
    example = limit.examples[0]
    for code in EDITED:
        character = chr(code)
        text = f"{example[0]}{character}{example[1:]}"
        flagged, refused = not re.fullmatch(limit.pattern, text, re.DOTALL), limit.violation(text) is not None
        assert flagged <= refused, f"U+{code:04X}"
        if limits.is_hidden(character) and code < 0x10000 and unicodedata.category(character) not in ("Cn", "Cs"):
            assert flagged, f"U+{code:04X}"


@pytest.mark.parametrize("limit", [limit for limit in LIMITS if limit.visible], ids=lambda limit: limit.noun)
@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\u17b4", "U+17B4 KHMER VOWEL INHERENT AQ"),
        ("\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("\U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("\ue000", "U+E000 private use"),
        ("\U0003fffe", "U+3FFFE not assigned"),
        ("\ud800", "U+D800 half a character"),
        ("\x07", "U+0007 control character"),
    ],
)
def test_a_hidden_character_is_named_by_its_code_point(limit: Limit, character: str, shown: str) -> None:
    example = limit.examples[0]
    violation = limit.violation(f"{example[0]}{character}{example[1:]}")
    assert violation == f"contains {shown}, which is invisible; remove it"


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
    assert f"has {longest + 1} characters" in (limit.violation(character * (longest + 1)) or "")


@pytest.mark.parametrize("prefix", ["aws:", "AWS:", "Aws:"])
def test_the_prefix_of_aws_is_reserved_in_any_case(prefix: str) -> None:
    assert "which AWS reserves" in (limits.TAG_KEY.violation(f"{prefix}owner") or "")
    assert limits.TAG_KEY.violation(f"x{prefix}") is None


@pytest.mark.parametrize("text", [" a", "a ", "\u00a0a", "a\u3000", " "])
def test_white_space_around_a_tag_is_refused(text: str) -> None:
    for limit in (limits.TAG_KEY, limits.TAG_VALUE):
        assert "begins or ends with white space" in (limit.violation(text) or "")


@pytest.mark.parametrize(("text", "named"), [("a&b", "'&' (U+0026 AMPERSAND)"), ("a\x07€", "U+0007 control character")])
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


def test_the_regions_of_aws_are_those_that_botocore_has() -> None:
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")["partitions"]
    regions = [region for partition in partitions for region in partition["regions"] if "global" not in region]
    assert sorted(regions) == list(limits.AWS_REGIONS)
    assert set(limits.REGIONS) <= set(limits.AWS_REGIONS)
    assert [region for region in regions if limits.REGION.violation(region)] == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("mars", "use the code of an AWS region, for example us-west-2"),
        ("us-wset-2", "did you mean 'us-west-2'?"),
        ("US-WEST-2", "did you mean 'us-west-2'?"),
        ("us_west_2", "did you mean 'us-west-2'?"),
        ("us-east-1a", "did you mean 'us-east-1'?"),
    ],
)
def test_a_region_that_does_not_exist_is_refused_with_the_likely_one(text: str, hint: str) -> None:
    assert limits.REGION.violation(text) == f"{text!r} is not a valid region; {hint}"


@pytest.mark.parametrize(
    "limit", [limit for limit in LIMITS if limit.pattern != limits.ANYTHING], ids=lambda limit: limit.noun
)
def test_a_template_that_was_not_filled_in_is_called_that(limit: Limit) -> None:
    for template in ("${TEAM}", "${", "{{ team }}", "{{team", "${a}${b}", "{{\nteam }}"):
        for text in (template, f"a{template}", f"{template}-a", f"{template}@example.com", f"{template}{{name}}"):
            assert "contains the unfilled template" in (limit.violation(text) or ""), text


@pytest.mark.parametrize("limit", [limits.DESCRIPTION, limits.TAG_PATTERN], ids=lambda limit: limit.noun)
def test_free_text_may_hold_what_looks_like_a_template(limit: Limit) -> None:
    assert limit.violation("${TEAM} {{ team }}") is None


@pytest.mark.parametrize("prefix", ["", "user:"])
def test_a_tag_as_reports_show_it_is_explained(prefix: str) -> None:
    shown = f"{prefix}Team$Search Shop"
    assert (limits.TAG_KEY.violation(shown) or "").endswith("separately: `Team: Search Shop`")
    assert (limits.TAG_VALUE.violation(shown) or "").endswith("write only its value, `Search Shop`")


def test_the_default_project_is_refused_with_the_reason() -> None:
    assert "is the default project of every account" in (limits.PROJECT_ID.violation("default") or "")
