"""Snapshots of days as they were known at their close, a partition each."""
