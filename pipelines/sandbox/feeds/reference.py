"""The reference feeds ``offers``, ``coupons``, ``fx_rates``, ``content_calendar`` and ``acquisition_costs``: CSV files.

Belongs here: writing the catalogue, the calendar and bills, drawing exchange rates. Does not belong here: prices
(``catalogue``), when titles run (``pipelines.sandbox.seasons``), what campaigns cost (``markets``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.feeds.columns import money, timestamp
from pipelines.sandbox.feeds.engagement_daily import FLAGSHIP_TITLE, LEAGUE_TITLE, title_id
from pipelines.sandbox.feeds.files import write_csv
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.purchases import products
from pipelines.sandbox.seasons import SERIES_MONTHS, SPORT_MONTHS, runs, weekdays
from pipelines.sandbox.window import DAY, HOUR, MINUTE

_EURO = 0
OPENING_RATES = {"USD": 0.92, "GBP": 1.17}
"""Euros for one unit at the start of the window."""

DAILY_VOLATILITY = 0.0042

ANNOUNCED_DAYS = 60
"""How long before its start a season is announced."""


def write_offers(history: History, folder: Path) -> int:
    """Write the offers at the euro prices that hold at the end of the window; returns the rows."""
    now = history.window.end - 1
    positions = np.arange(len(catalogue.OFFERS))
    prices = catalogue.list_price(positions, np.full(len(positions), _EURO), now)
    recurring = [
        {
            "offer_id": offer.offer_id,
            "title": offer.title,
            "offer_kind": "subscription",
            "hundredths": int(price),
            "billing_interval": catalogue.INTERVAL_NAMES[offer.interval],
            "billing_interval_count": 1,
            "trial_days": offer.trial_days,
            "active": True,
        }
        for offer, price in zip(catalogue.OFFERS, prices, strict=True)
    ]
    one_off = [
        {
            "offer_id": product.offer_id,
            "title": product.title,
            "offer_kind": product.kind,
            "hundredths": product.price,
            "billing_interval": None,
            "billing_interval_count": None,
            "trial_days": None,
            "active": product.off_sale > now,
        }
        for product in products(history.window)
    ]
    frame = pl.DataFrame([*recurring, *one_off], infer_schema_length=None).select(
        "offer_id",
        "title",
        "offer_kind",
        amount=money(pl.col("hundredths")),
        currency=pl.lit("EUR"),
        billing_interval=pl.col("billing_interval"),
        billing_interval_count=pl.col("billing_interval_count"),
        trial_days=pl.col("trial_days"),
        active=pl.col("active"),
    )
    return write_csv(frame, folder / "offers" / "offers.csv")


def write_coupons(folder: Path) -> int:
    """Write the coupons; returns the rows."""
    frame = pl.DataFrame(
        [
            {
                "coupon_code": coupon.code,
                "campaign": coupon.campaign,
                "percent_off": coupon.percent_off or None,
                "hundredths": coupon.amount_off or -1,
                "duration": coupon.duration,
                "valid_until": coupon.valid_until or 0,
                "max_redemptions": coupon.max_redemptions,
            }
            for coupon in catalogue.COUPONS
        ],
        infer_schema_length=None,
    ).select(
        "coupon_code",
        "campaign",
        "percent_off",
        amount_off=money(pl.col("hundredths")),
        currency=pl.when(pl.col("hundredths") > 0).then(pl.lit("EUR")),
        duration=pl.col("duration"),
        valid_until=timestamp(pl.col("valid_until")),
        max_redemptions=pl.col("max_redemptions"),
    )
    return write_csv(frame, folder / "coupons" / "coupons.csv")


def write_fx_rates(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write the rates of business days in euros, a random walk from a week before the window; returns the rows."""
    days = np.arange(history.window.start // DAY - 7, history.window.end // DAY)
    days = days[weekdays(days) < 5]
    published = days * DAY + 15 * HOUR + 15 * MINUTE
    parts = []
    for currency, opening in OPENING_RATES.items():
        steps = rng.normal(0, DAILY_VOLATILITY, len(days))
        rates = opening * np.exp(np.cumsum(steps) - 0.01 * np.arange(len(days)) / len(days))
        parts.append(
            pl.DataFrame(
                {"day": days.astype(np.int32), "rate": np.round(rates, 6), "published": published}
            ).with_columns(currency=pl.lit(currency))
        )
    frame = (
        pl.concat(parts)
        .sort("day", "currency")
        .select(
            rate_date=pl.col("day").cast(pl.Date),
            currency=pl.col("currency"),
            rate_to_reporting=pl.col("rate").cast(pl.Decimal(28, 12)),
            recorded_at=timestamp(pl.col("published")),
        )
    )
    return write_csv(frame, folder / "fx_rates" / "fx_rates.csv")


def write_acquisition_costs(history: History, folder: Path) -> int:
    """Write what each campaign cost in each month, by who registered, as billed on the third of the next; the rows."""
    people, window = history.people, history.window
    month = np.searchsorted(window.edges, people.registered_at, side="right") - 1
    inside = (month >= 0) & (month < window.months)
    size = len(markets.CAMPAIGNS)
    registered = np.bincount(month[inside] * size + people.campaign[inside], minlength=window.months * size)
    rows = [
        {
            "cost_id": f"{window.label(number)}-{campaign.name}",
            "day": int(window.edges[number] // DAY),
            "hundredths": int(registered[number * size + place]) * campaign.cost,
            "channel": campaign.channel,
            "campaign": campaign.name,
            "billed": int(window.edges[number + 1]) + 2 * DAY,
        }
        for number in range(window.months)
        for place, campaign in enumerate(markets.CAMPAIGNS)
        if campaign.cost
    ]
    billed = (pl.col("billed") < window.end) & (pl.col("hundredths") > 0)
    numbers, texts = ("day", "hundredths", "billed"), ("cost_id", "channel", "campaign")
    schema = {**{name: pl.Int64() for name in numbers}, **{name: pl.String() for name in texts}}
    frame = pl.DataFrame(rows, schema=schema)
    return write_csv(
        frame.filter(billed).select(
            "cost_id",
            cost_date=pl.col("day").cast(pl.Int32).cast(pl.Date),
            amount=money(pl.col("hundredths")),
            currency=pl.lit("EUR"),
            acquisition_channel=pl.col("channel"),
            acquisition_campaign=pl.col("campaign"),
            recorded_at=timestamp(pl.col("billed")),
        ),
        folder / "acquisition_costs" / "acquisition_costs.csv",
    )


def write_content_calendar(history: History, folder: Path) -> int:
    """Write the seasons of the league and of the flagship series announced within the window; returns the rows."""
    window = history.window
    shows = ((LEAGUE_TITLE, "The League", SPORT_MONTHS), (FLAGSHIP_TITLE, "The Flagship", SERIES_MONTHS))
    seasons = [
        {
            "title_id": title_id(number),
            "title": title,
            "starts": starts,
            "stops": stops,
            # What was announced before the window is known from its first day.
            "announced": max(starts - ANNOUNCED_DAYS * DAY, window.start),
        }
        for number, title, months in shows
        for starts, stops in runs(window, months)
    ]
    day = [(pl.col(name) // DAY).cast(pl.Int32).cast(pl.Date) for name in ("starts", "stops")]
    frame = (
        pl.DataFrame(seasons)
        .filter(pl.col("announced") < window.end)
        .select(
            "title_id",
            season=day[0].dt.strftime("%Y-%m"),
            starts_on=day[0],
            ends_on=day[1].dt.offset_by("-1d"),
            title=pl.col("title"),
            recorded_at=timestamp(pl.col("announced")),
        )
    )
    return write_csv(frame, folder / "content_calendar" / "content_calendar.csv")
