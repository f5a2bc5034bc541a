"""A rule strikes just the requests that it means; one that makes no sense is refused."""

import pytest
import urllib3
from pydantic import ValidationError

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import Mantle

CREATE = "bedrock-mantle:CreateProject"
EXPIRED = "The security token included in the request is expired"


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ({}, "yyyyyy"),
        ({"nth": 3}, "nnynnn"),
        ({"every": 2}, "nynyny"),
        ({"after": 4}, "nnnnyy"),
        ({"count": 2}, "yynnnn"),
        ({"after": 1, "every": 2}, "nnynyn"),
        ({"every": 2, "count": 1}, "nynnnn"),
        ({"operation": "bedrock-mantle:Get*"}, "nnnnnn"),
        ({"operation": "bedrock-mantle:Create*"}, "yyyyyy"),
        ({"account": "222222222222"}, "nnnnnn"),
        ({"account": "111111111111"}, "yyyyyy"),
    ],
    ids=str,
)
def test_a_rule_strikes_just_the_requests_that_it_means(
    mantle: Mantle, aws: LocalAws, rule: dict[str, object], struck: str
) -> None:
    aws.faults([Fault.model_validate({"kind": "throttled", **rule})])
    answers = "".join("y" if mantle.try_create()[0] == 429 else "n" for _ in range(6))
    assert answers == struck
    assert [request.worked for request in aws.requests()] == [letter == "n" for letter in struck]


def test_a_probability_is_repeatable_by_its_seed(mantle: Mantle, aws: LocalAws) -> None:
    def pattern(seed: int) -> list[int]:
        aws.faults([Fault(kind="throttled", probability=0.5, seed=seed)])
        return [mantle.try_create()[0] for _ in range(20)]

    first = pattern(1)
    assert set(first) == {200, 429}
    assert pattern(1) == first
    assert pattern(2) != first


def test_rules_count_apart_and_report_it(mantle: Mantle, aws: LocalAws) -> None:
    aws.faults([Fault(kind="throttled", every=2), Fault(kind="unavailable", operation="*:List*")])
    statuses = [mantle.try_create()[0], mantle.call("GET").status, mantle.call("GET").status]
    assert statuses == [200, 503, 503]
    assert aws.fault_counts() == [(3, 1), (2, 2)]


def test_an_empty_list_takes_all_faults_away(mantle: Mantle, aws: LocalAws) -> None:
    aws.faults([Fault(kind="throttled")])
    aws.faults([])
    assert mantle.try_create()[0] == 200


def test_credentials_can_expire_half_way(mantle: Mantle, aws: LocalAws) -> None:
    aws.faults([Fault(kind="expired_credentials", after=2)])
    assert [mantle.try_create() for _ in range(4)] == [(200, "", "")] * 2 + [(401, "invalid_api_key", EXPIRED)] * 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"kind": "slow"}, "kind"),
        ({"kind": "latency"}, "latency needs seconds"),
        ({"kind": "list_lag"}, "list_lag needs seconds"),
        ({"kind": "denied"}, "denied needs action"),
        ({"kind": "throttled", "seconds": 1}, "throttled takes no seconds"),
        ({"kind": "cut_off", "status": 500}, "cut_off takes no status"),
        ({"kind": "throttled", "explicit": True}, "throttled takes no explicit"),
        ({"kind": "throttled", "nth": 0}, "nth"),
        ({"kind": "throttled", "probability": 2}, "probability"),
        ({"kind": "throttled", "often": 2}, "often"),
    ],
    ids=str,
)
def test_a_rule_that_makes_no_sense_is_refused_on_both_sides(
    aws: LocalAws, rule: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Fault.model_validate(rule)
    response = urllib3.request("PUT", f"{aws.url}/_local/faults", json=[rule])
    assert response.status == 400
    assert message in response.json()["error"]
    assert aws.fault_counts() == []
