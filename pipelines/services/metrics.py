"""The operation of an environment as Prometheus metrics.

Belongs here: names and meanings of the metrics. Does not belong here: what they are taken from
(``pipelines.readings.operation``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric

from pipelines.readings.operation import Operation, instant

_QUARANTINE_DAYS = 30


def metrics_of(look: Operation, services: Mapping[str, bool]) -> Iterator[Metric]:
    """Every metric of one look; what is unknown is left out, as Prometheus expects."""
    yield _gauge("readable", "Whether every part of the environment could be read.", float(not look.troubles))
    build = look.build
    if build is not None:
        yield _gauge("last_build_start_timestamp_seconds", "When the last build began.", _seconds(build.started_at))
        yield _labelled(
            "last_build_state",
            "1 for the state that the last build is in.",
            "state",
            {state: float(state == look.build_state) for state in ("running", "killed", "failed", "succeeded")},
        )
    if look.build_ended_at is not None:
        ended = look.build_ended_at
        yield _gauge("last_build_timestamp_seconds", "When the last build ended.", ended.timestamp())
        age = (look.now - ended).total_seconds()
        yield _gauge("last_build_age_seconds", "Seconds since the last build ended.", age)
    if look.published is not None and look.published_at is not None:
        published, as_of = look.published_at.timestamp(), _seconds(look.published.as_of)
        yield _gauge("last_publish_timestamp_seconds", "When the current snapshot was published.", published)
        yield _gauge("snapshot_as_of_timestamp_seconds", "The instant that the current snapshot is as of.", as_of)
    yield _gauge("ingests_not_built", "Ingests of the lake that are not published.", look.ingests_not_built)
    yield _gauge("inbox_waiting_files", "Files that wait in the inbox.", look.waiting_files)
    if look.oldest_waiting is not None:
        waited = (look.now - look.oldest_waiting).total_seconds()
        yield _gauge("inbox_oldest_file_seconds", "How long the oldest waiting file has waited.", waited)
    for name, help_text in (
        ("rows_read", "Rows delivered"),
        ("rows_loaded", "Rows loaded"),
        ("rows_duplicate", "Rows that had come before"),
        ("rows_quarantined", "Rows rejected"),
    ):
        yield _labelled(name, f"{help_text}, by feed or sender.", "feed", look.rows(name))
    share = look.quarantine_share(days=_QUARANTINE_DAYS)
    if share is not None:
        yield _gauge("quarantine_share", f"Share of the rows of the last {_QUARANTINE_DAYS} days rejected.", share)
    yield _gauge("disk_free_bytes", "Free space of the file system of CHURNIQ_HOME.", look.disk_free)
    yield _gauge("disk_size_bytes", "Size of the file system of CHURNIQ_HOME.", look.disk_size)
    if services:
        states = {name: float(is_up) for name, is_up in services.items()}
        yield _labelled("service_up", "Whether a service that churniq up runs is running.", "service", states)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"churniq_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"churniq_{name}", help_text, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], number)
    return family


def _seconds(text: str) -> float:
    return instant(text).timestamp()
