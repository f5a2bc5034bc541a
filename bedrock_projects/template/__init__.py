"""A team's own repository: what `bedrock-projects init` writes, and `pulumi new` takes from templates/pulumi."""
