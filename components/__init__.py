"""What this repository's program is made of: the library's `deploy`. A program of your own may compose its parts."""

from bedrock_projects.pulumi import (
    CostAllocationTags,
    CostControls,
    DataExports,
    Project,
    ProjectSet,
    PublishedProjects,
    deploy,
)

__all__ = ["CostAllocationTags", "CostControls", "DataExports", "Project", "ProjectSet", "PublishedProjects", "deploy"]
