"""What this repository's program is made of: the library's `deploy`. A program of your own may compose its parts."""

from bedrock_projects.pulumi import CostAllocationTags, CostControls, Project, ProjectSet, PublishedProjects, deploy

__all__ = ["CostAllocationTags", "CostControls", "Project", "ProjectSet", "PublishedProjects", "deploy"]
