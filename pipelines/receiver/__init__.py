"""The receiver: webhooks in, lines in the inbox out, each on the disk before its sender is told so.

Belongs here: HTTP, whom to believe, and the segments that requests are written to. Does not belong here: what messages
mean (``pipelines.sources``), ingesting, the warehouse.
"""
