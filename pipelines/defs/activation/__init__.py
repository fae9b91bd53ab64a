"""What campaigns kept, between the outcomes that dbt reads and the snapshot."""
