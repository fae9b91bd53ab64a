"""Benchmarks: what a user waits for, by phase, and ratios to a reference in the same run."""
