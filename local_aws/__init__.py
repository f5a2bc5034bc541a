"""A local AWS for tests, demonstrations and benchmarks: both Projects APIs, billing and its exports, moto behind.

    with local_aws.running() as aws:
        aws.faults([Fault(kind="throttled", operation="bedrock-mantle:CreateProject", every=5)])
        ...                                            # clients with aws.environment("111111111111")
        assert len(aws.requests("bedrock-mantle:CreateProject")) == 3

It answers as docs/service-notes.md says that the service does; what it does not imitate, each module's
docstring lists. It is never imported by what it tests.
"""

from local_aws.client import ControlError, LocalAws, LocalProject
from local_aws.cost_explorer.entries import CostLine, Use
from local_aws.data_exports.definition import DataExport
from local_aws.faults import Fault
from local_aws.process import running
from local_aws.recorder import RecordedRequest

__all__ = [
    "ControlError",
    "CostLine",
    "DataExport",
    "Fault",
    "LocalAws",
    "LocalProject",
    "RecordedRequest",
    "Use",
    "running",
]
