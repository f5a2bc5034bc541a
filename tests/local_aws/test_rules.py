"""The rules of the local AWS say how they are known, and each of them is in force."""

from pathlib import Path

import pytest

from bedrock_projects.conformance.table import CHECKS
from local_aws import unchecked
from local_aws.bedrock import rules as native_rules
from local_aws.bedrock_mantle import rules as mantle_rules
from local_aws.bedrock_runtime import rules as runtime_rules
from local_aws.cost_explorer import rules as billing_rules
from local_aws.invoicing import rules as invoicing_rules
from local_aws.rules import READ, Rule
from local_aws.settings import Settings
from local_aws.tagging import rules as tagging_rules

RULES = [
    (Path(module.__file__ or "").parent, name, rule)
    for module in (mantle_rules, native_rules, runtime_rules, tagging_rules, billing_rules, invoicing_rules)
    for name, rule in vars(module).items()
    if isinstance(rule, Rule)
]


@pytest.mark.parametrize(("folder", "name", "rule"), RULES, ids=[rule.id for _, _, rule in RULES])
def test_a_rule_is_used_and_says_where_it_is_from(folder: Path, name: str, rule: Rule) -> None:
    sources = "".join(path.read_text() for path in (*folder.rglob("*.py"), *folder.parent.glob("*.py")))
    assert f"rules.{name}" in sources
    assert (rule.known == "assumed") == (rule.source == "choice of the local AWS")


@pytest.mark.parametrize("rule", [rule for _, _, rule in RULES if rule.date > READ], ids=lambda rule: rule.id)
def test_a_newer_rule_is_named_by_a_test(rule: Rule) -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert f'"{rule.id}"' in tests


def test_no_two_rules_have_one_name() -> None:
    ids = [rule.id for _, _, rule in RULES]
    assert len(ids) == len(set(ids))


def test_each_rule_has_a_check_of_conformance_or_a_reason_for_none() -> None:
    checked = {rule for check in CHECKS for rule in check.rules}
    assert sorted({rule.id for _, _, rule in RULES}) == sorted(checked | unchecked.RULES.keys())
    assert not checked & unchecked.RULES.keys()


def test_each_switch_has_a_question_of_conformance_or_a_reason_for_none() -> None:
    switches = {question.switch for check in CHECKS for question in check.questions} - {""}
    assert sorted(Settings.model_fields) == sorted(switches | unchecked.SWITCHES.keys())
    assert not switches & unchecked.SWITCHES.keys()
