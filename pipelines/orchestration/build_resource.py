"""The Dagster resource that gives a run its build: configured as of when, alone in its environment, with dbt at hand.

Belongs here: the lifetime of a build within a run. Does not belong here: the build (``pipelines.warehouse.build``).
"""

from collections.abc import Iterator

from dagster import Field, InitResourceContext, resource

from pipelines.settings import Settings
from pipelines.warehouse.build import Build, only_build
from pipelines.warehouse.dbt import dbt_at_hand


@resource(
    config_schema={
        "as_of": Field(str, default_value="latest", description="latest, now, or a timestamp: what was known then."),
        "full_refresh": Field(bool, default_value=False, description="Build everything again from the lake."),
    },
    description="A build; only one runs in an environment at a time.",
)
def build_resource(context: InitResourceContext) -> Iterator[Build]:
    """Hold the environment's build lock, and a process of dbt, for as long as the run lasts."""
    settings = Settings().prepare()
    with only_build(settings), dbt_at_hand() as dbt:
        yield Build(settings, **context.resource_config, dbt=dbt)
