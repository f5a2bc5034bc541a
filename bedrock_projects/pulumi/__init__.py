"""The library: Bedrock Projects and their cost allocation tags in a Pulumi program. Semantic versioning covers it.

A program that deploys an inventory is `deploy()`. A program with other resources takes the components one by one:
ProjectSet for the entries of an inventory, Project for a single project whose inputs may be outputs of other resources.
Input that cannot work ends the program with one message (`pulumi.RunError`), before anything is changed.
"""

from bedrock_projects.pulumi.cost_allocation_tags import CostAllocationTags
from bedrock_projects.pulumi.cost_controls import CostControls
from bedrock_projects.pulumi.data_exports import DataExports
from bedrock_projects.pulumi.program import deploy
from bedrock_projects.pulumi.project import Project
from bedrock_projects.pulumi.project_set import ProjectSet
from bedrock_projects.pulumi.published_projects import PublishedProjects

__all__ = ["CostAllocationTags", "CostControls", "DataExports", "Project", "ProjectSet", "PublishedProjects", "deploy"]
