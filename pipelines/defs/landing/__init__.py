"""From delivered files to the tables of the schema ``raw``."""
