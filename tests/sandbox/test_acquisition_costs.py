"""Costs of campaigns are those of the people who registered through them."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pipelines.sandbox.markets import CAMPAIGNS
from tests.sandbox.conftest import Sandbox


def test_each_campaign_is_billed_for_whom_it_brought(sandbox: Sandbox) -> None:
    costs = sandbox.rows("acquisition_costs").with_columns(
        pl.col("cost_date").str.to_date(), pl.col("recorded_at").str.to_datetime(time_zone="UTC")
    )
    of_one = {campaign.name: campaign.cost for campaign in CAMPAIGNS}
    registered = (
        sandbox.rows("customer_events")
        .unique("event_id")
        .filter(pl.col("event_type") == "registered")
        .group_by(pl.col("occurred_at").dt.truncate("1mo").dt.date().alias("cost_date"), "acquisition_campaign")
        .agg(people=pl.len())
    )
    joined = costs.join(registered, on=["cost_date", "acquisition_campaign"], how="left")
    expected = joined["people"] * joined["acquisition_campaign"].replace_strict(of_one) / 100
    assert costs.height > 100
    assert (joined["amount"].cast(pl.Float64) - expected).abs().max() < 1e-9
    assert "none" not in costs["acquisition_campaign"].to_list()
    # Nobody knows what a month has cost before it is over.
    assert (costs["recorded_at"].dt.date() - costs["cost_date"] > timedelta(days=28)).all()
    assert not costs["cost_id"].is_duplicated().any()
