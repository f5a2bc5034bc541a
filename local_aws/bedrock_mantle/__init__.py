"""The Projects API of Amazon Bedrock (`bedrock-mantle`)."""
