"""What all tests of senders share."""

from tests.sources.delivering import inbox

__all__ = ["inbox"]
