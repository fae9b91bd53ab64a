"""Commands run in this process, for the tests of what a person is told."""

from tests.cli.conftest import churniq

__all__ = ["churniq"]
