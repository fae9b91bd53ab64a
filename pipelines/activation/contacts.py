"""Addresses of customers, which only an export reads: a file that no snapshot contains, for its owner alone.

A current build writes it anew, so that whoever was erased is gone from it with the next build. What came into the lake
since then counts already where it forbids something: a consent taken back, a deletion.

Belongs here: writing the file, reading it as of now. Does not belong here: who is left out for which reason
(``eligibility``), destinations (``layouts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.kept import place_kept
from pipelines.lake.sql import canonical_select, literal, quote
from pipelines.lake.store import Lake
from pipelines.privacy.keys import secret_key
from pipelines.privacy.masks import masked_column
from pipelines.settings import Settings

if TYPE_CHECKING:
    import polars as pl

CONTACT_COLUMNS = ("email", "phone", "first_name", "last_name", "city", "region", "postal_code")
_ALIASES = "aliases.parquet"


def contacts_file(settings: Settings) -> Path:
    """Where the addresses of the current build lie."""
    return settings.activation / "private" / "contacts.parquet"


def write_contacts(settings: Settings, warehouse: Path) -> int:
    """Write what the warehouse of a current build knows of every customer; how many there are.

    ``published_id`` is the customer as the snapshot names them, where an identifier that is an address is masked.
    """
    import duckdb

    folder = contacts_file(settings).parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    details = ", ".join(f"details.{name}" for name in CONTACT_COLUMNS)
    published = masked_column("customer_id", secret_key(settings)).removesuffix(f" as {quote('customer_id')}")
    people = f"""
        with customers as (
            select *, {published} as published_id from activation.dim_customer_attributes
        )
        select customers.customer_id, customers.published_id, {details}, customers.country,
            customers.locale, coalesce(details.marketing_consent, false) as marketing_consent,
            details.deleted_at is not null as is_deleted
        from customers
        left join private.dim_contacts as details on details.customer_id = customers.customer_id
        order by customers.customer_id
    """
    aliases = "select alias, customer_id from private.dim_customer_aliases"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        counted = 0
        for query, name in ((aliases, _ALIASES), (people, contacts_file(settings).name)):
            temporary = folder / f".{name}.tmp"
            temporary.unlink(missing_ok=True)
            temporary.touch(mode=0o600)
            (counted,) = connection.execute(f"copy ({query}) to {literal(str(temporary))} (format parquet)").fetchall()[
                0
            ]
            place_kept(settings.home, temporary, folder / name)
    return int(counted)


@dataclass(frozen=True)
class Identity:
    """A customer by whichever identifier was given: the one that stands for all, and all of them."""

    customer_id: str
    names: tuple[str, ...]
    is_known: bool
    """Whether the last build knew them; somebody who came since is not known yet."""


def identity_of(settings: Settings, name: str) -> Identity:
    """Who an identifier names, by the links that the last build knew; themselves where it knew none."""
    import polars as pl

    file = contacts_file(settings)
    if not file.exists():
        return Identity(name, (name,), is_known=False)
    aliases = pl.read_parquet(file.with_name(_ALIASES))
    customer = next(iter(aliases.filter(alias=name)["customer_id"]), name)
    others = aliases.filter(customer_id=customer)["alias"].sort().to_list()
    is_known = not pl.scan_parquet(file).filter(customer_id=customer).limit(1).collect().is_empty()
    return Identity(customer, tuple(dict.fromkeys([customer, name, *others])), is_known)


def customers_at(settings: Settings, email: str) -> list[str]:
    """The customers with an address, as the snapshot names them; nobody where no build has written addresses."""
    import polars as pl

    file = contacts_file(settings)
    if not file.exists():
        return []
    address = pl.col("email").str.strip_chars().str.to_lowercase()
    found = pl.scan_parquet(file).filter(address == email.strip().lower(), ~pl.col("is_deleted"))
    return found.select("published_id").sort("published_id").collect()["published_id"].to_list()


def read_contacts(settings: Settings, lake_version: int) -> pl.DataFrame:
    """Every customer with addresses, and with what the lake has learned since the snapshot's version of it.

    Columns: customer_id, published_id, ``CONTACT_COLUMNS``, country, locale, marketing_consent, is_deleted.
    """
    import duckdb
    import polars as pl

    file = contacts_file(settings)
    if not file.exists():
        raise UserError("There are no addresses beside this snapshot: run churniq build, which writes them.")
    lake = Lake(settings.lake)
    later = [
        lake.root / name
        for commit in lake.commits()[lake_version:]
        for name in commit.canonical.get("customer_events", [])
    ]
    visible = set(lake.canonical_files("customer_events"))
    news = canonical_select(FEEDS["customer_events"], [name for name in later if name in visible])
    with duckdb.connect() as connection:
        frame = connection.sql(
            f"""
            with aliases as (select * from read_parquet($aliases)),
            news as (
                select coalesce(aliases.customer_id, news.customer_id) as customer_id,
                    bool_or(event_type = 'deleted') as is_deleted,
                    not coalesce(
                        arg_max(marketing_consent, (occurred_at, recorded_at, event_id))
                            filter (marketing_consent is not null), true
                    ) as is_withdrawn
                from ({news}) as news left join aliases on aliases.alias = news.customer_id
                group by 1
            )
            select contacts.* replace (
                contacts.is_deleted or coalesce(news.is_deleted, false) as is_deleted,
                contacts.marketing_consent and not coalesce(news.is_withdrawn, false) as marketing_consent
            )
            from read_parquet($contacts) as contacts left join news using (customer_id)
            """,
            params={"aliases": str(file.with_name(_ALIASES)), "contacts": str(file)},
        ).to_arrow_table()
    return pl.DataFrame(frame)
