"""From the labelled tickets to topics for the others, before dbt counts by topic."""
