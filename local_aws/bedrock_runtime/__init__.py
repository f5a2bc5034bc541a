"""Inference on `bedrock-runtime`: Converse, ConverseStream, InvokeModel and its stream, metered by project.

Not imitated: models (every answer is the same text), images, tools, guardrails, prompt caches, service tiers, failures
within a stream, models that take an inference profile, regions of models, quotas, the paths of OpenAI's and Anthropic's
own clients, the metrics of `AWS/Bedrock` (which do not know projects).
"""
