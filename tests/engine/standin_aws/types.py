"""The types of cost controls and published ids: what the real provider sends for each, as far as it is used here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from tests.engine.standin_aws.account import Account, Kept

Properties = dict[str, Any]


@dataclass(frozen=True)
class Type:
    """What happens to a resource of one type. `replaces` are inputs whose change makes a new one.

    `parts` splits the properties into those that are compared, `read` is what a refresh makes of them.
    """

    create: Callable[[Account, Properties], tuple[str, Properties]]
    update: Callable[[Account, str, Properties], Properties]
    delete: Callable[[Account, str, Properties], None]
    exists: Callable[[Account, str, Properties], bool]
    replaces: frozenset[str]
    is_named: bool = False
    parts: Callable[[Properties], Properties] = dict
    read: Callable[[Properties], Properties] = dict


def _is_there(call: Callable[..., Any], **parameters: Any) -> bool:
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NotFoundException", "ParameterNotFound", "NoSuchEntity"}:
            return False
        raise
    return True


def _request_of_budget(account: Account, news: Properties) -> dict[str, Any]:
    budget = {
        "BudgetName": news["name"],
        "BudgetType": news["budgetType"],
        "BudgetLimit": {"Amount": news["limitAmount"], "Unit": news["limitUnit"]},
        "TimeUnit": news["timeUnit"],
        "CostFilters": {cost_filter["name"]: cost_filter["values"] for cost_filter in news["costFilters"]},
        "CostTypes": {f"{key[0].upper()}{key[1:]}": value for key, value in news["costTypes"].items()},
    }
    notifications = [
        {
            "Notification": {
                "NotificationType": notification["notificationType"],
                "ComparisonOperator": notification["comparisonOperator"],
                "Threshold": notification["threshold"],
                "ThresholdType": notification["thresholdType"],
            },
            "Subscribers": [
                *(
                    {"SubscriptionType": "EMAIL", "Address": to}
                    for to in notification.get("subscriberEmailAddresses", [])
                ),
                *({"SubscriptionType": "SNS", "Address": to} for to in notification.get("subscriberSnsTopicArns", [])),
            ],
        }
        for notification in news["notifications"]
    ]
    return {"AccountId": account.id, "Budget": budget, "NotificationsWithSubscribers": notifications}


def _create_budget(account: Account, news: Properties) -> tuple[str, Properties]:
    account.client("budgets").create_budget(**_request_of_budget(account, news))
    id_ = f"{account.id}:{news['name']}"
    Kept().put(id_, {"tags": news["tags"], "notifications": news["notifications"]})
    return id_, {**news, "accountId": account.id, "arn": account.arn("budgets", f"budget/{news['name']}")}


def _update_budget(account: Account, id_: str, news: Properties) -> Properties:
    """Moto answers UpdateBudget with 500: a budget of that name is taken away and made anew."""
    _delete_budget(account, id_, news)
    return _create_budget(account, news)[1]


def _delete_budget(account: Account, id_: str, olds: Properties) -> None:
    account.client("budgets").delete_budget(AccountId=account.id, BudgetName=olds["name"])
    Kept().drop(id_)


def _has_budget(account: Account, _id: str, olds: Properties) -> bool:
    return _is_there(account.client("budgets").describe_budget, AccountId=account.id, BudgetName=olds["name"])


def held_against_the_model(account: Account, service: str, operation: str, request: Mapping[str, Any]) -> None:
    """What botocore would refuse to send is refused."""
    model = account.client(service).meta.service_model.operation_model(operation)
    validate_parameters(request, model.input_shape)


def tags_of(news: Properties) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in news.get("tags", {}).items()]


def _without_nulls(value: Any) -> Any:
    return {k: _without_nulls(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def _create_monitor(account: Account, news: Properties) -> tuple[str, Properties]:
    specification = _without_nulls(json.loads(news["monitorSpecification"]))
    monitor = {
        "MonitorName": news["name"],
        "MonitorType": news["monitorType"],
        "MonitorSpecification": specification,
    }
    held_against_the_model(
        account, "ce", "CreateAnomalyMonitor", {"AnomalyMonitor": monitor, "ResourceTags": tags_of(news)}
    )
    arn = account.arn("ce", f"anomalymonitor/{news['name']}")
    Kept().put(arn, monitor)
    return arn, _read_monitor(arn, news)


def _update_monitor(_account: Account, id_: str, news: Properties) -> Properties:
    Kept().put(id_, {**Kept().all()[id_], "MonitorName": news["name"]})
    return _read_monitor(id_, news)


def _read_monitor(arn: str, news: Properties) -> Properties:
    """With the specification as the SDK of the real provider writes it: with all members that it knows."""
    members = ("And", "CostCategories", "Dimensions", "Not", "Or", "ProductAttributes")
    specification = {**dict.fromkeys(members), **json.loads(news["monitorSpecification"])}
    return {**news, "monitorSpecification": json.dumps(specification), "arn": arn}


def _dimension(expression: Properties) -> dict[str, Any]:
    given = expression["dimension"]
    return {"Dimensions": {"Key": given["key"], "MatchOptions": given["matchOptions"], "Values": given["values"]}}


def _create_subscription(account: Account, news: Properties) -> tuple[str, Properties]:
    arn = account.arn("ce", f"anomalysubscription/{news['name']}")
    return arn, _update_subscription(account, arn, news)


def _update_subscription(account: Account, id_: str, news: Properties) -> Properties:
    expression = news["thresholdExpression"]
    subscription = {
        "SubscriptionName": news["name"],
        "MonitorArnList": news["monitorArnLists"],
        "Frequency": news["frequency"],
        "Subscribers": [
            {"Type": subscriber["type"], "Address": subscriber["address"]} for subscriber in news["subscribers"]
        ],
        "ThresholdExpression": {"And": [_dimension(operand) for operand in expression["ands"]]}
        if "ands" in expression
        else _dimension(expression),
    }
    request = {"AnomalySubscription": subscription, "ResourceTags": tags_of(news)}
    held_against_the_model(account, "ce", "CreateAnomalySubscription", request)
    Kept().put(id_, subscription)
    return {**news, "arn": id_, "accountId": account.id}


def _forget(_account: Account, id_: str, _olds: Properties) -> None:
    Kept().drop(id_)


def _is_kept(_account: Account, id_: str, _olds: Properties) -> bool:
    return id_ in Kept().all()


def _request_of_parameter(news: Properties) -> dict[str, str]:
    given = {"Name": "name", "Type": "type", "Value": "insecureValue", "Description": "description"}
    return {parameter: news[name] for parameter, name in given.items() if name in news}


def _create_parameter(account: Account, news: Properties) -> tuple[str, Properties]:
    account.client("ssm", news["region"]).put_parameter(**_request_of_parameter(news), Tags=tags_of(news))
    return news["name"], news


def _update_parameter(account: Account, _id: str, news: Properties) -> Properties:
    account.client("ssm", news["region"]).put_parameter(**_request_of_parameter(news), Overwrite=True)
    return news


def _delete_parameter(account: Account, id_: str, olds: Properties) -> None:
    account.client("ssm", olds["region"]).delete_parameter(Name=id_)


def _has_parameter(account: Account, id_: str, olds: Properties) -> bool:
    return _is_there(account.client("ssm", olds["region"]).get_parameter, Name=id_)


def _create_policy(account: Account, news: Properties) -> tuple[str, Properties]:
    return f"{news['role']}:{news['name']}", _update_policy(account, "", news)


def _update_policy(account: Account, _id: str, news: Properties) -> Properties:
    request = {"RoleName": news["role"], "PolicyName": news["name"], "PolicyDocument": news["policy"]}
    account.client("iam").put_role_policy(**request)
    return news


def _delete_policy(account: Account, _id: str, olds: Properties) -> None:
    account.client("iam").delete_role_policy(RoleName=olds["role"], PolicyName=olds["name"])


def _has_policy(account: Account, _id: str, olds: Properties) -> bool:
    return _is_there(account.client("iam").get_role_policy, RoleName=olds["role"], PolicyName=olds["name"])


TYPES = {
    "aws:budgets/budget:Budget": Type(
        _create_budget, _update_budget, _delete_budget, _has_budget, frozenset({"name", "accountId"})
    ),
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": Type(
        _create_monitor,
        _update_monitor,
        _forget,
        _is_kept,
        frozenset({"monitorType", "monitorSpecification", "monitorDimension"}),
        is_named=True,
    ),
    "aws:costexplorer/anomalySubscription:AnomalySubscription": Type(
        _create_subscription, _update_subscription, _forget, _is_kept, frozenset({"name", "accountId"})
    ),
    "aws:ssm/parameter:Parameter": Type(
        _create_parameter, _update_parameter, _delete_parameter, _has_parameter, frozenset({"name", "region"})
    ),
    "aws:iam/rolePolicy:RolePolicy": Type(
        _create_policy, _update_policy, _delete_policy, _has_policy, frozenset({"name", "role"})
    ),
}
