"""What a request asks: a model by its id, an inference profile, or either by ARN.

An application inference profile is taken as it comes, since nobody creates one here: any id is one of Claude Haiku 4.5.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from local_aws.bedrock.exceptions import ValidationException
from local_aws.bedrock_mantle.models import Place
from local_aws.bedrock_runtime import rules
from local_aws.model_catalogue import MODELS, Model

Kind = Literal["foundation-model", "inference-profile", "application-inference-profile", "other"]
_BY_RUNTIME_ID: Final = {model.runtime_id: model for model in MODELS.values() if model.runtime_id}
_BEHIND_PROFILES: Final = MODELS["anthropic.claude-haiku-4-5"]
_SYSTEM_PROFILE: Final = re.compile(r"(?:global|us|us-gov|eu|apac|jp|au)\.(.+)")
_ARN: Final = re.compile(r"arn:(aws(?:-[^:]+)?):bedrock:([a-z0-9-]{1,20}):([0-9]{12}|):([a-z-]+)/(.+)")


@dataclass(frozen=True)
class Target:
    """`arns` are what IAM asks for: of a profile, its own and its model's. `model` is None for what is not served."""

    kind: Kind
    arns: tuple[str, ...]
    model: Model | None


def target_of(model_id: str, place: Place) -> Target:
    """What the `modelId` of a request, sent in this account and region, stands for."""
    match = _ARN.fullmatch(model_id)
    if match is None:
        return _named(model_id, place)
    partition, region, account, kind, name = match.groups()
    here = (partition, region) == (place.partition, place.region) and account in ("", place.account)
    if not here:
        return Target("other", (model_id,), None)
    if kind == "application-inference-profile":
        return Target(
            "application-inference-profile", (model_id, _model_arn(_BEHIND_PROFILES, place)), _BEHIND_PROFILES
        )
    named = _named(name, place)
    return named if named.kind == kind else Target("other", (model_id,), None)


def check_served(target: Target) -> Model:
    """The target's model; ValidationException if there is none."""
    if target.model is None:
        raise ValidationException("The provided model identifier is invalid.", rule=rules.MODEL)
    return target.model


def check_fits_named_project(target: Target) -> None:
    """A project other than `default` takes foundation models and system-defined inference profiles only."""
    if target.kind == "application-inference-profile":
        message = "Application inference profiles do not support projects other than the default project."
        raise ValidationException(message, rule=rules.APPLICATION_PROFILE)
    if target.kind == "other":
        message = "A project takes a foundation model or a system-defined inference profile."
        raise ValidationException(message, rule=rules.TARGET)


def _named(name: str, place: Place) -> Target:
    if model := _BY_RUNTIME_ID.get(name):
        return Target("foundation-model", (_model_arn(model, place),), model)
    match = _SYSTEM_PROFILE.fullmatch(name)
    model = _BY_RUNTIME_ID.get(match[1]) if match else None
    if model is None:
        return Target("foundation-model", (_arn(place, "", f"foundation-model/{name}"),), None)
    profile = _arn(place, place.account, f"inference-profile/{name}")
    return Target("inference-profile", (profile, _model_arn(model, place)), model)


def _model_arn(model: Model, place: Place) -> str:
    return _arn(place, "", f"foundation-model/{model.runtime_id}")


def _arn(place: Place, account: str, resource: str) -> str:
    return f"arn:{place.partition}:bedrock:{place.region}:{account}:{resource}"
