"""The Projects API of Amazon Bedrock and inference with its projects (`bedrock-mantle`)."""
