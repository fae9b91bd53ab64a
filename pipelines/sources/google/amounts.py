"""Google's money as SQL: whole units and billionths.

Belongs here: that form. Does not belong here: what is paid for.
"""

from __future__ import annotations


def money(currency: str, units: str, nanos: str) -> str:
    """A DECIMAL(18,4), as SQL, of Google's money: whole units and billionths; zero parts may be left out."""
    parts = [f"coalesce(try_cast({part} as DECIMAL(18,0)), 0)" for part in (units, nanos)]
    return f"""case when {currency} is not null
        then cast({parts[0]} + cast({parts[1]} * 0.000000001 as DECIMAL(18,4)) as DECIMAL(18,4)) end"""
