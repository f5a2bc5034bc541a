"""The Pulumi program: one stack is one environment of projects.yaml."""

from bedrock_projects.pulumi import deploy

deploy()
