"""Inference on `bedrock-mantle`: Responses, Chat Completions and Messages, metered per project.

Not imitated: models (every answer is the same text), images, tools and files in the accounting, stored responses,
prompt caches, several choices of one chat, pacing and failures within a stream, token limits and quotas.
"""
