"""`CostAllocationTags`: the tag keys of the projects, activated in Billing, with what is to be said about them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timezone

import pulumi

from bedrock_projects.cost_tags.activation import pending_notice, unused_notice
from bedrock_projects.errors import RefusedError
from bedrock_projects.pulumi.arguments import OPTIONAL_STRING, Kind, named, require, strings
from bedrock_projects.pulumi.context import check_settings, ending_with_one_message
from bedrock_projects.pulumi.messages import failure, warn
from bedrock_projects.resources import cost_allocation_tags as resources

_OPTIONAL_RESOURCE = Kind((pulumi.Resource, type(None)), "a resource, or None")


class CostAllocationTags(pulumi.ComponentResource):
    """The cost allocation tags of a stack.

    `outputs` has `active` and `unused` (lists of keys) and `pending` (key to the day since when). Pending and unused
    keys are warned of; a refusal by Billing fails the run, after everything else was done. The tags come `after` the
    projects. `role_arn` is a role of the management account to assume for Billing, unless the stack has the setting
    `billingRoleArn` or `billingProfile`. Ends the program with one message (`pulumi.RunError`) if an argument has
    another type.
    """

    def __init__(
        self,
        name: str,
        *,
        keys: Iterable[str],
        after: pulumi.Resource | None,
        role_arn: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with ending_with_one_message():
            whose = named("CostAllocationTags", name)
            require(whose, "after", after, _OPTIONAL_RESOURCE)
            require(whose, "role_arn", role_arn, OPTIONAL_STRING)
            key_list = strings(whose, "keys", keys)
            check_settings()
        super().__init__("bedrock-projects:components:CostAllocationTags", name, None, opts)
        # A refusal by Billing must not keep a project from being made, so the projects come first.
        tags = resources.CostAllocationTags(
            "tags",
            sorted(key_list),
            pulumi.ResourceOptions(parent=self, depends_on=[after] if after else []),
            role_arn=role_arn,
        )
        self.outputs = {"active": tags.active, "pending": tags.pending, "unused": tags.unused}
        tags.pending.apply(self._warn_of_pending)
        tags.unused.apply(self._warn_of_unused)
        tags.refused.apply(_fail)
        self.register_outputs(self.outputs)

    def _warn_of_pending(self, pending: Mapping[str, str]) -> None:
        if pending:
            since = {key: date.fromisoformat(day) for key, day in pending.items()}
            warn(pending_notice(since, today=datetime.now(tz=timezone.utc).date()), self)

    def _warn_of_unused(self, unused: Sequence[str]) -> None:
        if unused:
            warn(unused_notice(unused), self)


def _fail(refused: str) -> None:
    if refused:
        raise failure(RefusedError(refused))
