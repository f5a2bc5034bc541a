"""Amazon Bedrock Projects and their cost allocation tags as code."""
