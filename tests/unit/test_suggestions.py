"""Texts that a reader takes for one another, and how they differ."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.suggestions import as_shown, did_you_mean, difference, simplified

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
# Unicode's own definition changes the order of a few marks after an iota below (U+0345), so marks are left out.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["M"], exclude_characters="\uff9e\uff9f"), max_size=8)


@given(texts)
def test_a_simplified_text_is_its_own_simplified_form(text: str) -> None:
    assert simplified(simplified(text)) == simplified(text)


@given(texts, st.sampled_from(FORMS))
def test_the_normal_form_never_shows_in_a_simplified_text(text: str, form: Form) -> None:
    assert simplified(unicodedata.normalize(form, text)) == simplified(text)


@given(texts)
def test_case_and_white_space_never_show_in_a_simplified_text(text: str) -> None:
    assert simplified(text.casefold()) == simplified(text)
    assert simplified(f"  {text}\u00a0 ") == simplified(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Payments", "payments"),
        ("Caf\u00e9", "CAFE\u0301"),
        ("\uff30ay", "Pay"),  # full width
        ("Pay  roll", "Pay\u00a0roll"),
        ("\ufb01nance", "Finance"),  # a ligature
        ("Stra\u00dfe", "STRASSE"),
        ("300 \u212a", "300 k"),  # the sign for kelvin
    ],
)
def test_texts_that_look_alike_have_one_simplified_form(one: str, other: str) -> None:
    assert simplified(one) == simplified(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Pay roll", "Payroll"), ("Pay-roll", "Pay_roll"), ("Sea", "See"), ("a", "\u0430")]
)
def test_texts_that_a_reader_can_tell_apart_stay_apart(one: str, other: str) -> None:
    assert simplified(one) != simplified(other)


@given(texts, st.sampled_from(FORMS[:2]))
def test_canonical_forms_and_spaces_look_the_same(text: str, form: Form) -> None:
    assert as_shown(unicodedata.normalize(form, text)) == as_shown(text)
    assert as_shown(f"a  {text}") == as_shown(f"a {text}")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("Chat-Bot", "chat-bot", "in case only"),
        ("CAF\u00c9", "caf\u00e9", "in case only"),
        ("Pay  roll", "Pay roll", "in white space only"),
        ("Caf\u00e9s", "Cafe\u0301s", "in code points only (U+00E9, not U+0065 U+0301)"),
        ("\uff30ay", "pay", "in code points only (U+FF30, not U+0070)"),
        ("300 \u212a", "300 k", "in code points only (U+212A, not U+006B)"),
        ("\uff30\uff41\uff59\uff45\uff52", "Payer", "in code points only (U+FF30 U+FF41 U+FF59 U+FF45 …, not U+0050"),
        ("a\u00e9", "a\u00e9e", "in code points only (nothing, not U+0065)"),
    ],
)
def test_the_difference_is_said_by_what_a_reader_can_see_of_it(one: str, other: str, words: str) -> None:
    assert difference(one, other).startswith(words)


def test_a_suggestion_that_looks_like_the_word_says_how_they_differ() -> None:
    assert did_you_mean("Cafe\u0301", ["Caf\u00e9"]) == (
        "did you mean 'Caf\u00e9'? It differs in code points only (U+00E9, not U+0065 U+0301)"
    )
    assert did_you_mean("serach", ["search"]) == "did you mean 'search'?"
