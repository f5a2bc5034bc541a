"""`python -m bedrock_projects` is `bedrock-projects`."""

from bedrock_projects.cli import main

main()
