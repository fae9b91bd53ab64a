"""What keeps a home small and fast: compaction of the lake, retention of snapshots."""
