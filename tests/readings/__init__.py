"""Tests of what is read from published snapshots and records."""
