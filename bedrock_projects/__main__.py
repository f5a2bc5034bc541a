"""`python -m bedrock_projects` is `bedrock-projects`."""

from bedrock_projects.start import main

main()
