"""ListServiceQuotas of Amazon Bedrock, by the X-Amz-Target header and the service code; all others are moto's."""

from typing import Final

from local_aws.dialects import AwsJson
from local_aws.messages import Request
from local_aws.service import Call, Operation, Permission
from local_aws.service_quotas.responses import CODE, list_service_quotas
from local_aws.state import State

SERVICE: Final = "servicequotas"
_TARGET: Final = "ServiceQuotasV20190624.ListServiceQuotas"
_DIALECT: Final = AwsJson(throttling_code="TooManyRequestsException")


def find(request: Request) -> Operation | None:
    """The operation that a request is for, None if it is not ours."""
    if request.headers.get("X-Amz-Target") != _TARGET:
        return None
    return _LIST if request.json_object.get("ServiceCode") == CODE else None


def _permissions(state: State, call: Call) -> list[Permission]:
    del state, call
    return [Permission(f"{SERVICE}:ListServiceQuotas", "*")]


_LIST: Final = Operation(SERVICE, "ListServiceQuotas", _DIALECT, list_service_quotas, _permissions)
