"""`BedrockProjects`: one Project resource for each entry of an environment."""

from collections.abc import Sequence

import pulumi

from bedrock_projects import model
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.resources.project import Project


class BedrockProjects(pulumi.ComponentResource):
    """The projects of one environment; `declared` are the inputs of the `entries`, in the same order.

    `outputs` maps each key to `id`, `arn`, `name`, `region`, `status` and `base_url`, for whoever uses the stack.
    """

    def __init__(
        self,
        name: str,
        *,
        entries: Sequence[model.Project],
        declared: Sequence[DeclaredProject],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("bedrock-projects:components:BedrockProjects", name, None, opts)
        self.projects = {
            entry.key: Project(
                entry.key,
                inputs,
                pulumi.ResourceOptions(
                    parent=self,
                    protect=entry.protect and entry.status == "active",
                    aliases=[pulumi.Alias(name=alias) for alias in entry.aliases],
                ),
            )
            for entry, inputs in zip(entries, declared, strict=True)
        }
        self.outputs = {key: _published(project) for key, project in self.projects.items()}
        # The program exports them; here they would be serialised and stored a second time.
        self.register_outputs({})


def _published(project: Project) -> dict[str, pulumi.Output[str]]:
    return {
        "id": project.id,
        "arn": project.arn,
        "name": project.name,
        "region": project.region,
        "status": project.status,
        "base_url": project.base_url,
    }
