"""One-off sales beside the subscriptions: season passes, pay-per-view events, rentals.

Belongs here: the products, who buys them, their payments and access windows.
Does not belong here: recurring charges (``billing``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.sandbox import markets
from pipelines.sandbox.ledger import KIND, PAYMENT
from pipelines.sandbox.life import Life
from pipelines.sandbox.window import DAY, HOUR, Integers, Window, instant


@dataclass(frozen=True)
class Product:
    """A one-off product, sold from ``on_sale`` until ``off_sale`` and opening access until ``access_ends``.

    ``price`` in hundredths of each currency, tax excluded. ``access_ends`` 0: 48 hours from the purchase.
    ``share``: the part of registered customers who buy, for those with full sport (or series) affinity.
    """

    offer_id: str
    title: str
    kind: str
    price: int
    on_sale: int
    off_sale: int
    access_ends: int
    share: float


def products(window: Window) -> tuple[Product, ...]:
    """The products on sale within the window: a pass a season, a pay-per-view event a month, rentals."""
    first_year = int(str(np.datetime64(window.start, "s"))[:4])
    passes = [
        Product(
            f"P-SEASON-{year}", f"Season pass {year}/{(year + 1) % 100:02d}", "pass", 5999,
            instant(f"{year}-07-20"), instant(f"{year}-11-01"), instant(f"{year + 1}-06-01"), 0.06,
        )
        for year in range(first_year - 1, 2027)
    ]  # fmt: skip
    months = window.edges[:-1]
    events = [
        Product(
            f"E-FIGHT-{window.label(index)}", f"Fight night {window.label(index)}", "ppv", 1999,
            int(opens) + 4 * DAY, int(opens) + 16 * DAY, int(opens) + 17 * DAY, 0.02,
        )
        for index, opens in enumerate(months)
    ]  # fmt: skip
    rentals = [
        Product(f"R-FILM-{number:02d}", f"Film {number:02d}", "rental", 399, window.start, window.end, 0, 0.0)
        for number in range(1, 21)
    ]
    return (
        *(row for row in passes if row.off_sale > window.start and row.on_sale < window.end),
        *events,
        *rentals,
    )


RENTAL_RATE = 0.012
"""Monthly chance that a registered customer rents a film."""


def buy_one_off(life: Life, rng: np.random.Generator) -> None:
    """Sell the window's products to registered customers, with payments and access."""
    window, people = life.window, life.people
    shop = products(window)
    gone = np.where(life.deleted_at > 0, life.deleted_at, window.end)
    for position, product in enumerate(shop):
        if product.kind == "rental":
            continue
        opens, closes = max(product.on_sale, window.start), min(product.off_sale, window.end)
        chance = product.share * people.sport**1.5
        customer = np.flatnonzero(rng.random(people.size) < chance)
        at = opens + rng.integers(0, max(closes - opens, 1), len(customer))
        _sell(life, rng, customer=customer, at=at, position=np.full(len(customer), position), gone=gone)
    films = [position for position, product in enumerate(shop) if product.kind == "rental"]
    for month in range(window.months):
        customer = np.flatnonzero(rng.random(people.size) < RENTAL_RATE)
        at = window.edges[month] + rng.integers(0, window.edges[month + 1] - window.edges[month], len(customer))
        film = rng.choice(films, size=len(customer))
        _sell(life, rng, customer=customer, at=at, position=film, gone=gone)


def _sell(
    life: Life,
    rng: np.random.Generator,
    *,
    customer: Integers,
    at: Integers,
    position: Integers,
    gone: Integers,
) -> None:
    people = life.people
    known = (at > people.registered_at[customer] + HOUR) & (at < gone[customer] - 2 * DAY)
    customer, at, position = customer[known], at[known], position[known]
    shop = products(life.window)
    prices = np.array([product.price for product in shop])
    kinds = np.array([KIND[product.kind] for product in shop])
    lasts = np.array([product.access_ends for product in shop])
    access_end = np.where(lasts[position] == 0, at + 48 * HOUR, lasts[position])
    provider = people.provider[customer]
    net = prices[position]
    gross = np.rint(net * (1 + markets.TAX_RATE[people.country[customer]])).astype(np.int64)
    fee = np.rint(gross * markets.FEE_RATE[provider]).astype(np.int64) + markets.FEE_FIXED[provider]
    columns = {
        "customer": customer,
        "product": position,
        "kind": kinds[position],
        "gross": gross,
        "tax": gross - net,
        "provider": provider,
        "method": people.method[customer],
    }
    paid = life.ledger.payments.add(
        columns
        | {
            "type": PAYMENT["succeeded"],
            "at": at,
            "fee": fee,
            "attempt": 1,
            "access_start": at,
            "access_end": access_end,
        }
    )
    life.ledger.access.add({"customer": customer, "start": at, "end": np.minimum(access_end, gone[customer])})
    returned = np.flatnonzero(rng.random(len(customer)) < 0.01)
    life.ledger.payments.add(
        {name: values[returned] for name, values in columns.items()}
        | {
            "type": PAYMENT["refunded"],
            "at": at[returned] + rng.integers(HOUR, 5 * DAY, len(returned)),
            "fee": 0,
            "original": paid[returned] if len(paid) else paid,
        }
    )
