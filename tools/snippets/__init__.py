"""`make snippets`: the TypeScript snippets of `bedrock-projects use`, run with the real clients on a local AWS."""
