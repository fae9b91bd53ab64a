"""The filters that stand above every page: what they are, how they are chosen, and what is said of them.

Belongs here: choosing, words, and named views. Does not belong here: what a number is when it is narrowed (the semantic
layer, ``pipelines.readings``), the address (``app.address``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

import streamlit as st

from app import address, formatting
from app.queries import choices
from app.view import SnapshotView
from pipelines.errors import UserError
from pipelines.readings.views import delete_view, save_view, saved_views
from pipelines.settings import Settings

DIMENSIONS = {
    "offer": "Offer",
    "channel": "Channel",
    "provider": "Provider",
    "country": "Country",
    "interval": "Interval",
    "acquisition_channel": "Acquisition",
}
GRAINS = {"month": "Months", "week": "Weeks", "day": "Days"}
SPANS = {"all": "All history", "730": "24 months", "365": "12 months", "90": "90 days", "30": "30 days"}
COMPARISONS = {"previous": "The period before", "year": "A year before"}
_STATE = "filters"
_AS_KNOWN, _BY = "known-", "by-"
# Every address key of the bar, so that a view is all of them.
_KEYS = ("grain", "span", "compare", *DIMENSIONS, "among", "marks")
_MARKS = {"shown": "Shown", "hidden": "Hidden"}
_MARKS_HELP = (
    "What happened meanwhile: what the feed annotations tells, prices that changed, campaigns, files that came late, "
    "months that were restated since."
)


@dataclass(frozen=True)
class Filters:
    """What is chosen above the pages; ``where`` has the values by dimension, ``first`` bounds the periods."""

    grain: str = "month"
    first: date | None = None
    compare: str | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    segment: str | None = None
    has_notes: bool = True
    span: str = "all"
    # What values are called, by dimension and value.
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False)

    @property
    def narrows(self) -> bool:
        """Whether fewer people are meant than all."""
        return bool(self.where) or self.segment is not None

    @property
    def as_known_at(self) -> str | None:
        """The snapshot to compare with, by its as-of instant, if one is."""
        return _after(self.compare, _AS_KNOWN)

    @property
    def convention(self) -> str | None:
        """The definition to compare with, if one is."""
        return _after(self.compare, _BY)

    def values(self, dimension: str) -> tuple[str, ...]:
        """The values chosen of a dimension."""
        return dict(self.where).get(dimension, ())

    def only(self, dimensions: Collection[str]) -> Filters:
        """The same with the values of these dimensions alone."""
        kept = tuple((name, values) for name, values in self.where if name in dimensions)
        return replace(self, where=kept)

    def words(self, dimensions: Collection[str] | None = None) -> list[str]:
        """What narrows, in words: Country NL or DE; of these dimensions, if given."""
        called = {name: [self.named.get(name, {}).get(value, value) for value in values] for name, values in self.where}
        sentences = [
            f"{DIMENSIONS[name].lower()} {formatting.plain(' or '.join(called[name]))}"
            for name in called
            if dimensions is None or name in dimensions
        ]
        if self.segment and (dimensions is None or "segment" in dimensions):
            sentences.append(f"segment {formatting.plain(self.segment)}")
        return sentences


def _after(code: str | None, prefix: str) -> str | None:
    return code.removeprefix(prefix) if code and code.startswith(prefix) else None


def current_filters() -> Filters:
    """What the bar above the page that runs says."""
    found = st.session_state.get(_STATE)
    return found if isinstance(found, Filters) else Filters()


def bar(view: SnapshotView) -> Filters:
    """The bar above a page; what is chosen is remembered for the page that runs next.

    It is one line on the narrowest screen, so that what is chosen stands in the boxes' labels.
    """
    before = _labels(st.session_state.get(_STATE, Filters()))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.popover(before[0], icon=":material/date_range:", key="period-box"):
            span = address.choose("Period", list(SPANS), key="span", default="all", format_func=SPANS.__getitem__)
            grain = address.choose(
                "Granularity", list(GRAINS), key="grain", default="month", format_func=GRAINS.__getitem__
            )
            compare = _compare(view)
        with st.popover(before[1], icon=":material/filter_alt:", key="filter-box"):
            where, named = _where(view)
            segment = _segment(view)
            marks = address.segments(
                "Notes on charts", list(_MARKS), key="marks", format_func=_MARKS.__getitem__, help=_MARKS_HELP
            )
            st.button("Clear all", icon=":material/filter_alt_off:", on_click=address.forget, args=_KEYS)
        with st.popover("Views", icon=":material/bookmark:", key="view-box"):
            _views()
    first = None if span == "all" else view.as_of.date() - timedelta(days=int(span))
    found = Filters(grain, first, compare, where, segment, marks == "shown", span, named)
    st.session_state[_STATE] = found
    if _labels(found) != before:
        # The boxes above were drawn with the words of the run before.
        st.rerun()
    return found


def _labels(chosen: Filters) -> tuple[str, str]:
    """What the boxes of the period and of the filters are called: what is chosen in them."""
    period = SPANS[chosen.span] if chosen.grain == "month" else f"{SPANS[chosen.span]}, {GRAINS[chosen.grain].lower()}"
    count = len(chosen.where) + (chosen.segment is not None)
    compared = f"{period}, compared" if chosen.compare else period
    return compared, f"Filters ({count})" if count else "Filters"


def say(reason: str, *, applied: Collection[str] = ()) -> None:
    """Under the heading of a part that is not cut by all filters: which do not hold in it, and why; often nothing.

    ``applied`` has the dimensions and the keys of the bar (grain, span, compare, segment) that do hold.
    """
    filters = current_filters()
    others = filters.words([name for name in (*DIMENSIONS, "segment") if name not in applied])
    if filters.compare and "compare" not in applied:
        others.append("the comparison")
    if filters.grain != "month" and "grain" not in applied:
        others.append(GRAINS[filters.grain].lower())
    if filters.first and "span" not in applied:
        others.append(f"the period since {formatting.day(filters.first)}")
    held = filters.words(applied)
    sentences = [f"Filtered: {', '.join(held)}."] if held else []
    if others:
        sentences.append(f"Not applied: {', '.join(others)}; {reason}.")
    if sentences:
        st.caption(" ".join(sentences))


def _compare(view: SnapshotView) -> str | None:
    known = {f"{_AS_KNOWN}{instant.isoformat()}": instant for instant in choices.earlier_instants(view.as_of)}
    conventions = {f"{_BY}{name}": title for name, title in choices.conventions(view.file).items()}
    words = (
        COMPARISONS
        | {code: f"As known {formatting.instant(instant)}" for code, instant in known.items()}
        | {code: f"By {title}" for code, title in conventions.items()}
    )
    chosen: str | None = address.choose(
        "Compare to", list(words), key="compare", format_func=words.__getitem__, placeholder="Nothing"
    )
    return chosen


def _where(view: SnapshotView) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], dict[str, dict[str, str]]]:
    """The values chosen by dimension, and what values are called."""
    found, named = [], {}
    for name, label in DIMENSIONS.items():
        options = choices.values(view.file, name)
        named[name] = choices.words(view.file, name, options)
        values = address.several(
            label,
            options,
            key=name,
            placeholder="All",
            format_func=partial(_called, named[name]),
            disabled=not options,
        )
        if values:
            found.append((name, tuple(values)))
    return tuple(found), named


def _called(words: Mapping[str, str], value: str) -> str:
    return words.get(value, value)


def _segment(view: SnapshotView) -> str | None:
    names = choices.segments(view.file)
    chosen: str | None = address.choose(
        "Saved segment", names, key="among", placeholder="Everybody", disabled=not names
    )
    return chosen


def _views() -> None:
    """Saved choices by name: to open, to save, to delete; they are shared by all who read this environment."""
    settings = Settings()
    saved = saved_views(settings)
    for name, chosen in saved.items():
        with st.container(horizontal=True):
            st.button(formatting.plain(name), key=f"open-{name}", on_click=_open, args=(chosen,), width="stretch")
            st.button(
                ":material/delete:", key=f"delete-{name}", help="Delete this view", on_click=delete_view,
                args=(settings, name),
            )  # fmt: skip
    name = st.text_input("Name of the view", key="view-name", placeholder="Germany, weekly").strip()
    if st.button("Save this view", icon=":material/bookmark_add:", disabled=not name):
        try:
            save_view(settings, name, {key: address.chosen_now()[key] for key in _KEYS if key in address.chosen_now()})
        except UserError as error:
            st.error(str(error))
        else:
            st.rerun()
    st.caption("A view is shared with everybody here. The address of the page says the same: send that to somebody.")


def _open(chosen: dict[str, object]) -> None:
    address.take({key: chosen.get(key) for key in _KEYS})
