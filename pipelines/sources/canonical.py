"""Files that are feeds of the contract already: nothing to map.

Belongs here: the source's name. Does not belong here: the feeds, which ``pipelines.contract.feeds`` describes.
"""

from pipelines.sources.base import Source

SOURCE = Source("canonical", "Feeds of the contract, in folders of their names")
