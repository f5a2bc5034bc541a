"""The Projects API of the SDKs' own client `bedrock`, next to that of `bedrock-mantle`."""
