"""The dbt project as assets: staging, intermediate and marts, each with its tests as checks."""
