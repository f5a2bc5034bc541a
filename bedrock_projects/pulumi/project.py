"""`Project`: one Bedrock Project in a program of one's own, whose inputs may be outputs of other resources."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import OWNER, PROJECT_KEY
from bedrock_projects.model import OWNERSHIP_TAG_KEY
from bedrock_projects.pulumi.arguments import OPTIONAL_STRING, named, require, require_keys, strings
from bedrock_projects.pulumi.context import check_settings, ending_with_one_message, full_stack_name
from bedrock_projects.pulumi.identities import declare_single
from bedrock_projects.resources import project as resources


class Project(resources.Project, module="bedrock", name="Project"):
    """A Bedrock Project, protected unless `opts` says `protect=False`.

    `resource_name` is the project's identity in the stack: letters, digits, `-` and `_`, at most 100, starting with a
    letter. `name` (at most 128 characters, 127 on `bedrock-runtime`), `tags` (at most 48, keys up to 128 and values up
    to 256 characters), `region`, `endpoint` (`bedrock-mantle`, the default, or `bedrock-runtime`) and `data_retention`
    (`inherit`, `none`, `default`, `aws_review` or `provider_data_share`; by default left as it is) are checked when
    they are known, at preview already. Preflight does not look at single projects.

    `move_from_endpoint` is the previous endpoint of a project that moves: it needs `protect=False`, and the old
    project is archived, which cannot be undone, unless both endpoints have it.

    `owner` is the value of the ownership tag `bedrock-project`, by which a lost state finds its project again: by
    default `<Pulumi project>/<stack>/<resource_name>`. `adopt_id` takes over a project that exists. `on_remove` says
    whether removing the resource archives its project, which cannot be undone, or releases it; by default a project is
    archived unless it was adopted. `ignore_tags` are patterns of tag keys that other tools write, such as `c7n:*`.
    `role_arn` is a role to assume for this project, as in an environment of an inventory; with a Bedrock API key it is
    refused.

    Outputs: `id` (`proj_…`), `arn`, `name`, `tags`, `region`, `status`, `account_id`, `base_url`, and `created_at` in
    seconds since 1970. Ends the program with one message (`pulumi.RunError`) if a name cannot be used, or
    if `resource_name`, `owner` or `ignore_tags` has another type.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        region: pulumi.Input[str],
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        endpoint: Literal["bedrock-mantle", "bedrock-runtime"] = "bedrock-mantle",
        move_from_endpoint: Literal["bedrock-mantle", "bedrock-runtime"] | None = None,
        data_retention: pulumi.Input[str] | None = None,
        owner: str | None = None,
        adopt_id: pulumi.Input[str] | None = None,
        on_remove: Literal["archive", "release"] | None = None,
        ignore_tags: Sequence[str] = (),
        role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with ending_with_one_message():
            whose = named("Project", resource_name, argument="resource_name")
            require(whose, "owner", owner, OPTIONAL_STRING)
            require_keys(whose, "tags", tags)
            ignored = strings(whose, "ignore_tags", ignore_tags)
            check_settings()
            if owner is None:
                owner = f"{pulumi.get_project()}/{pulumi.get_stack()}/{resource_name}"
            check_identity(resource_name, owner)
            declare_single(whose, owner)
        inputs: dict[str, Any] = {
            "key": resource_name,
            "name": name,
            "region": region,
            "owner": owner,
            "owner_tag_key": OWNERSHIP_TAG_KEY,
            "stack": full_stack_name(),
            "tags": {} if tags is None else tags,
            "status": "active",
            "endpoint": None if endpoint == MANTLE.name else endpoint,
            "move_from_endpoint": move_from_endpoint,
            "data_retention": data_retention,
            "adopt_id": adopt_id,
            "on_remove": on_remove,
            "ignore_tags": ignored or None,
            "role_arn": role_arn,
        }
        protected = pulumi.ResourceOptions(protect=True)
        self._register(resource_name, inputs, pulumi.ResourceOptions.merge(protected, opts))


def check_identity(name: str, owner: str) -> None:
    """SettingsError if a resource name, or the value of its ownership tag, is nothing that AWS can keep."""
    if violation := PROJECT_KEY.violation(name):
        raise SettingsError(f"Project {name!r}: the resource name {violation}")
    if violation := OWNER.violation(owner):
        raise SettingsError(f"Project {name!r}: the owner {violation}; give `owner`")
