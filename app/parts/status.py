"""How the environment runs, in plain words: feeds, builds, checks, scores, messages.

Belongs here: sentences. Does not belong here: gathering (``pipelines.readings``), details (other pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from app import feed_words, formatting
from app.queries import ingest, scoring, snapshot
from app.view import SnapshotView
from pipelines.alerts.journal import deliveries, failing_targets
from pipelines.errors import UserError
from pipelines.readings.operation import Operation, look_at
from pipelines.settings import Settings

_FAILURE_HOURS = 24 * 30


@dataclass(frozen=True)
class _Line:
    """One subject: whether it is well (None: nothing to judge), a sentence, and the page that has more."""

    subject: str
    is_well: bool | None
    words: str
    page: str | None = None


def show(view: SnapshotView) -> None:
    """A line a subject, those that need a look said first in a sentence."""
    settings = Settings()
    seen = look_at(settings)
    lines = [*_feeds(view), _inbox(seen), _build(seen), _published(view), _scores(view), _messages(settings)]
    ill = [line.subject for line in lines if line.is_well is False]
    if ill or seen.troubles:
        st.warning(f"Needs a look: {', '.join([*ill, *seen.troubles])}.", icon=":material/warning:")
    else:
        st.success("Everything runs.", icon=":material/check_circle:")
    for line in lines:
        with st.container(horizontal=True, vertical_alignment="center"):
            mark = {True: ":green-badge[Well]", False: ":orange-badge[Look]", None: ":gray-badge[None yet]"}
            st.markdown(f"{mark[line.is_well]} **{line.subject}.** {line.words}", width="stretch")
            if line.page:
                st.page_link(f"app_pages/{line.page}.py", label="More", icon=":material/arrow_forward:")


def _feeds(view: SnapshotView) -> list[_Line]:
    if "ops.feed_health" not in snapshot.tables(view.file):
        return [_Line("Feeds", None, "The snapshot was built before feeds were watched: run churniq build.")]
    health = ingest.feed_health(view.file).to_dicts()
    known = [feed for feed in health if feed["known_rows"]]
    concerns = [sentence for feed in known for sentence in feed_words.concerns(feed)]
    if not known:
        return [_Line("Feeds", None, "No feed has rows yet: run churniq ingest PATH.", "data_health")]
    words = " ".join(concerns) or f"{formatting.plural(len(known), 'feed')} on time, judged at the as-of instant."
    return [_Line("Feeds", not concerns, words, "data_health")]


def _inbox(seen: Operation) -> _Line:
    if not seen.waiting_files:
        behind = seen.ingests_not_built
        words = "Nothing waits." if behind <= 0 else f"{formatting.plural(behind, 'ingest')} not in the snapshot yet."
        return _Line("Inbox", behind <= 0, words)
    oldest = formatting.instant(seen.oldest_waiting.replace(tzinfo=None)) if seen.oldest_waiting else ""
    return _Line("Inbox", None, f"{formatting.plural(seen.waiting_files, 'file')} waiting, the oldest since {oldest}.")


def _build(seen: Operation) -> _Line:
    record = seen.build
    if record is None:
        return _Line("Builds", None, "No build has run here: run churniq build.")
    when = formatting.instant(datetime.fromisoformat(record.started_at).astimezone(UTC).replace(tzinfo=None))
    words = {
        "running": f"One is running since {when}.",
        "killed": f"The last one, of {when}, was killed before it ended: run churniq build again.",
        "failed": f"The last one, of {when}, failed: {formatting.plain(record.failure or '')}",
        "succeeded": f"The last one, of {when}, succeeded with all its checks, asked for by {record.started_by}.",
    }.get(seen.build_state, "Nothing is known of it.")
    return _Line("Builds and checks", seen.build_state in {"running", "succeeded"}, words)


def _published(view: SnapshotView) -> _Line:
    return _Line(
        "Snapshot",
        True,
        f"As of {formatting.instant(view.as_of)}, published {formatting.instant(view.published_at)}.",
    )


def _scores(view: SnapshotView) -> _Line:
    if "scoring.fct_churn_scores" not in snapshot.tables(view.file):
        return _Line("Scores", None, "They appear once the history is long enough to learn from.", "segmentation")
    bands = scoring.score_bands(view.file)
    if bands.is_empty():
        return _Line("Scores", None, "Nobody pays at the as-of instant.", "segmentation")
    first = bands.row(0, named=True)
    words = (
        f"{formatting.plural(int(bands['customers'].sum()), 'customer')} scored on "
        f"{formatting.day(first['as_of_date'])} by the model {formatting.verbatim(first['model_version'])}."
    )
    caveats = scoring.caveats(view.file)
    is_well = not caveats and not first["model_version"].startswith("segment-rate")
    return _Line("Scores", is_well, " ".join([words, *map(formatting.plain, caveats)]), "segmentation")


def _messages(settings: Settings) -> _Line:
    try:
        sent = deliveries(settings.home)
    except UserError as error:
        return _Line("Messages", False, formatting.plain(str(error)), "alerts")
    failing = failing_targets(sent, datetime.now(UTC), _FAILURE_HOURS)
    if failing:
        return _Line("Messages", False, f"The last one did not arrive at {', '.join(failing)}.", "alerts")
    if not sent:
        return _Line("Messages", None, "None was sent yet: churniq alerts test sends one.", "alerts")
    return _Line("Messages", True, f"{formatting.plural(len(sent), 'message')} sent, the last one arrived.", "alerts")
