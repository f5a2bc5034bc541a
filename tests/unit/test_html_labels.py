"""The labels of a chart, shortened: none looks like another one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bedrock_projects.reports.render.html_labels import ELLIPSIS, shortened

PARTS = st.sampled_from(["payments", "search", "-", "1", "2", ELLIPSIS])
LABELS = st.lists(st.lists(PARTS, max_size=6).map("".join), max_size=14, unique=True)
CASES = {
    "all fit": (["a-long-label", "b"], ["a-long-label", "b"]),
    "the end differs": (["payments-service-prod-eu", "payments-service-prod-us"], ["payme…prod-eu", "payme…prod-us"]),
    "the beginning differs": (
        ["eu-payments-service-prod", "us-payments-service-prod"],
        ["eu-payme…prod", "us-payme…prod"],
    ),
    "only a part near the end differs": (
        ["payments-service-eu-of-all", "payments-service-us-of-all"],
        ["pay…eu-of-all", "pay…us-of-all"],
    ),
    "only the middle differs": (
        ["payments-service-eu-of-the-west-region", "payments-service-us-of-the-west-region"],
        ["…s-service-e…", "…s-service-u…"],
    ),
}
LONGEST = 13


@pytest.mark.parametrize(("labels", "texts"), CASES.values(), ids=CASES)
def test_the_part_that_differs_is_kept(labels: list[str], texts: list[str]) -> None:
    assert shortened(labels, LONGEST) == texts


def test_labels_that_no_single_part_tells_apart_are_numbered() -> None:
    start, middle, end = "a" * 20, "b" * 20, "c" * 20
    labels = [start + middle + end, "x" + start[1:] + middle + end, start + middle[:-1] + "x" + end]
    texts = shortened([*labels, start + "x" + middle[1:] + end, start + middle + end[:-1] + "x"], LONGEST)
    assert texts[0] == "aaaaaaaaaaa…1"
    assert len(set(texts)) == len(texts)


@given(LABELS, st.integers(8, 12))
@example([f"search{ELLIPSIS}paymentssearch", f"search{ELLIPSIS}paymentspaymentssearch"], 8)
def test_different_labels_stay_different_and_fit(labels: list[str], longest: int) -> None:
    texts = shortened(labels, longest)
    assert len(set(texts)) == len(labels)
    assert all(len(text) <= longest for text in texts)
    assert all(text == label for text, label in zip(texts, labels, strict=True) if len(label) <= longest)
