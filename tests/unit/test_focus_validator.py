"""What is read from the output of the FinOps Foundation's validator, whose exit status is 0 with any finding."""

import pytest

from tools.focus_validator.__main__ import results

OUTPUT = """
✅ BilledCost-C-001-M: PASS  (3.1ms)
✅ BilledCost-C-000-M: PASS
❌ ListCost-C-000-M: FAIL  (violations=1, msg=ListCost-C-000-M: AND failed - failed child rules: [ListCost-C-003-M])
❌ ListCost-C-003-M: FAIL  (violations=10, msg=ListCost MUST NOT be NULL., 2.0ms)

=== Summary ===
- ListCost-C-003-M: violations=10; ListCost MUST NOT be NULL.
"""
"""Copied from 2.2.1, and shortened."""


def test_each_rule_has_its_result_and_those_that_join_others_have_none() -> None:
    passed, failed = results(OUTPUT)
    assert passed == {"BilledCost-C-001-M"}
    assert failed == {"ListCost-C-003-M": "(violations=10, msg=ListCost MUST NOT be NULL., 2.0ms)"}


def test_an_output_without_results_is_an_error() -> None:
    with pytest.raises(ValueError, match="printed no result: Traceback"):
        results("Traceback (most recent call last):")
