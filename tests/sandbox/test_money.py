"""Payments, payouts and rates add up."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

from tests.sandbox.conftest import Sandbox


@pytest.fixture(scope="module")
def payments(sandbox: Sandbox) -> pl.DataFrame:
    return sandbox.rows("payment_events")


def test_every_kind_of_payment_and_product_occurs(payments: pl.DataFrame) -> None:
    assert set(payments["event_type"]) == {"succeeded", "failed", "refunded", "chargeback", "chargeback_reversed"}
    assert set(payments["product_kind"]) == {"subscription", "pass", "ppv", "rental"}
    assert set(payments["provider"]) == {"stripe", "adyen", "paypal", "apple", "google", "roku", "amazon"}
    assert set(payments["currency"]) == {"EUR", "USD", "GBP"}


def test_failures_say_why_and_retries_count_up(payments: pl.DataFrame) -> None:
    failed = payments.filter(pl.col("event_type") == "failed")
    assert failed["failure_code"].null_count() == 0
    assert failed["attempt"].max() > 3  # type: ignore[operator]
    later = payments.filter((pl.col("event_type") == "succeeded") & (pl.col("attempt") > 1))
    assert later.height > 20


def test_one_off_sales_open_access_and_subscriptions_do_not(payments: pl.DataFrame) -> None:
    sold = payments.filter(pl.col("event_type") == "succeeded")
    one_off = sold.filter(pl.col("product_kind") != "subscription")
    assert one_off["access_start"].null_count() == 0
    assert (one_off["access_end"] > one_off["access_start"]).all()
    assert one_off["subscription_id"].null_count() == one_off.height
    recurring = sold.filter(pl.col("product_kind") == "subscription")
    assert recurring["access_start"].null_count() == recurring.height


def test_money_back_names_a_payment_of_at_least_that_much(payments: pl.DataFrame) -> None:
    back = payments.filter(pl.col("event_type").is_in(["refunded", "chargeback", "chargeback_reversed"]))
    paid = payments.filter(pl.col("event_type") == "succeeded").select(
        original_transaction_id="transaction_id", paid="amount", paid_at="occurred_at", payer="customer_id"
    )
    both = back.join(paid, on="original_transaction_id", how="left")
    assert both["paid"].null_count() == 0
    assert (both["amount"] <= both["paid"]).all()
    assert (both["occurred_at"] > both["paid_at"]).all()
    assert (both["customer_id"] == both["payer"]).all()


def test_a_renewal_is_paid_with_its_price_less_discount_plus_tax(sandbox: Sandbox, payments: pl.DataFrame) -> None:
    renewals = (
        sandbox.history()
        .filter(pl.col("event_type").is_in(["renewed", "started", "trial_converted"]))
        .with_columns(net=pl.col("amount") - pl.col("discount_amount"))
        .filter(pl.col("net") > 0)
    )
    paid = payments.filter(pl.col("event_type") == "succeeded")
    both = renewals.join(paid, on=["subscription_id", "occurred_at"], how="inner", suffix="_paid")
    # A payment and its event may be cut apart by the end of the window, or lie in late deliveries.
    assert both.height > 0.995 * renewals.height
    assert (both["net"] == both["amount_paid"] - both["tax_amount"]).all()
    assert set(both["currency"] + both["currency_paid"]) == {"EUREUR", "USDUSD", "GBPGBP"}


def test_payouts_add_up_from_their_transactions(sandbox: Sandbox, payments: pl.DataFrame) -> None:
    signs = {"succeeded": 1, "chargeback_reversed": 1, "refunded": -1, "chargeback": -1}
    rows = {
        transaction: (signs[event] * amount - fee, fee, provider, currency)
        for transaction, event, amount, fee, provider, currency in payments.filter(pl.col("event_type") != "failed")
        .select("transaction_id", "event_type", "amount", "fee_amount", "provider", "currency")
        .iter_rows()
    }
    seen: set[str] = set()
    for payout in sandbox.rows("payouts").iter_rows(named=True):
        transactions = json.loads(payout["transaction_ids"])
        assert not seen & set(transactions)
        seen |= set(transactions)
        parts = [rows[transaction] for transaction in transactions]
        assert payout["amount"] == sum((part[0] for part in parts), Decimal(0))
        assert payout["fee_amount"] == sum((part[1] for part in parts), Decimal(0))
        assert {part[2:] for part in parts} == {(payout["provider"], payout["currency"])}
    assert len(seen) > 0.95 * len(rows)


def test_rates_cover_the_window_and_stay_plausible(sandbox: Sandbox) -> None:
    rates = sandbox.rows("fx_rates").with_columns(pl.col("rate_to_reporting").cast(pl.Float64))
    first = sandbox.history()["occurred_at"].dt.date().min()
    for _, of_currency in rates.group_by("currency"):
        assert of_currency["rate_date"].min() < str(first)  # type: ignore[operator]
        assert of_currency["rate_date"].max() >= "2026-06-29"  # type: ignore[operator]
        assert 0.5 < of_currency["rate_to_reporting"].min() < of_currency["rate_to_reporting"].max() < 2  # type: ignore[operator]
        assert of_currency["rate_to_reporting"].n_unique() > 400


def test_offers_and_coupons_name_what_events_use(sandbox: Sandbox, payments: pl.DataFrame) -> None:
    offers = set(sandbox.rows("offers")["offer_id"])
    coupons = set(sandbox.rows("coupons")["coupon_code"])
    history = sandbox.history()
    assert set(history["offer_id"]) | set(payments["offer_id"]) <= offers
    assert set(history["coupon_code"].drop_nulls()) | set(payments["coupon_code"].drop_nulls()) <= coupons
