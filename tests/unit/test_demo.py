"""`make demo`: what it takes from the clone, and what it proposes at its end."""

from tests.documents import COMMENT_BEHIND
from tools.demo.__main__ import BY_HAND, settings_alone


def test_a_stack_of_ones_own_does_not_break_the_demo() -> None:
    salted = "encryptionsalt: v1:abc=\nconfig:\n  aws:region: us-west-2\n"
    assert settings_alone(salted) == "config:\n  aws:region: us-west-2\n"


def test_what_it_proposes_can_be_pasted() -> None:
    assert COMMENT_BEHIND.search(BY_HAND) is None
