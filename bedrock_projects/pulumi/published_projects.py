"""`PublishedProjects`: what applications need of their project, in its account and region."""

import json

import pulumi

from bedrock_projects.cost_controls.publishing import (
    ParameterInputs,
    PolicyInputs,
    publication_inputs,
)
from bedrock_projects.iam.applications import inference_policy
from bedrock_projects.pulumi.arguments import Kind, named, require
from bedrock_projects.pulumi.aws_package import (
    assume_roles,
    aws_package,
    child_options,
    require_aws_package,
    with_former,
)
from bedrock_projects.pulumi.context import ending_with_one_message
from bedrock_projects.pulumi.project_set import ProjectSet

_PROJECTS = Kind((ProjectSet,), "a ProjectSet")


class PublishedProjects(pulumi.ComponentResource):
    """Project ids as SSM parameters, and policies for inference on just one project.

    What the inventory of `projects` publishes from their environment; needs the extra `bedrock-projects[aws]`. Ends
    the program with one message (`pulumi.RunError`) if that package is missing.
    """

    def __init__(
        self,
        name: str,
        *,
        projects: ProjectSet,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with ending_with_one_message():
            require(named("PublishedProjects", name), "projects", projects, _PROJECTS)
            published = publication_inputs(projects.settings, projects.inventory)
            require_aws_package()
        former = with_former(opts, name="hand-over", type_="ProjectHandOver")
        super().__init__("bedrock-projects:components:PublishedProjects", name, None, former)
        self._aws = aws_package()
        self._projects = projects.projects
        self._account = self._aws.Provider(
            "account",
            region=published.region,
            profile=projects.settings.profile,
            assume_roles=assume_roles(projects.settings.credentials),
            allowed_account_ids=[published.account] if published.account else None,
            # A provider in another region replaces all that it made: a policy is written anew, and then deleted as the
            # old one. Parameters name their region themselves, IAM has none.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["region"]),
        )
        for parameter in published.parameters:
            self._declare_parameter(parameter)
        for policy in published.policies:
            self._declare_policy(policy)
        self.register_outputs({})

    def _declare_parameter(self, inputs: ParameterInputs) -> None:
        self._aws.ssm.Parameter(
            inputs.resource,
            name=inputs.name,
            type="String",
            # `value` is a secret, which nobody could read in a preview; none of these is one.
            insecure_value=getattr(self._projects[inputs.key], inputs.value.attribute),
            description=f"The {inputs.value.noun} of the Bedrock project {inputs.key}",
            region=inputs.region,
            tags=inputs.tags,
            opts=child_options(self, self._account, former=inputs.former),
        )

    def _declare_policy(self, inputs: PolicyInputs) -> None:
        self._aws.iam.RolePolicy(
            inputs.resource,
            name=inputs.name,
            role=inputs.role,
            policy=self._projects[inputs.key].arn.apply(lambda arn: json.dumps(inference_policy(arn, inputs.endpoint))),
            opts=child_options(self, self._account, former=inputs.former),
        )
