"""Colours that readers can tell apart.

Belongs here: the palette of ``app.charts``. Does not belong here: charts.
"""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import polars as pl
import pytest

from app import charts
from app.charts_of_retention import cohort_triangle

PALETTE = {name: getattr(charts, name) for name in ("BLUE", "GREEN", "SKY", "AMBER", "RUST", "PLUM", "GREY", "LIME")}
# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
VISIONS = {
    "usual": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def _linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    xyz = _XYZ @ np.clip(linear, 0, 1) / np.array([0.95047, 1, 1.08883])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_told_apart(vision: str) -> None:
    """Plum and grey, amber and olive were one colour to every twelfth man: a legend of two equal squares."""
    seen = {name: _lab(VISIONS[vision] @ _linear(colour)) for name, colour in PALETTE.items()}
    distances = {
        (one, other): float(np.linalg.norm(seen[one] - seen[other])) for one, other in itertools.combinations(seen, 2)
    }
    nearest = min(distances, key=distances.__getitem__)
    assert distances[nearest] > 20, nearest


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(_XYZ[1] @ _linear(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("page", ["#10161D", "#FFFFFF"])
@pytest.mark.parametrize("name", PALETTE)
def test_colours_are_seen_on_either_page(name: str, page: str) -> None:
    """Thin lines of sky, amber, grey and lime had a contrast of 1.6 to 2.5 on white, where 3 is the least."""
    assert _contrast(PALETTE[name], page) >= 3


def test_words_on_charts_can_be_read() -> None:
    """Captions had a contrast of 4.0 to 4.2 where 4.5 is the least."""
    assert _contrast(charts.WORDS_ON_LIGHT, "#FFFFFF") >= 4.5
    assert _contrast(charts.WORDS_ON_DARK, "#10161D") >= 4.5


@pytest.mark.parametrize(("words", "page"), [(charts.WORDS_ON_LIGHT, "#FFFFFF"), (charts.WORDS_ON_DARK, "#10161D")])
def test_words_on_outlined_cells_can_be_read(words: str, page: str) -> None:
    """In cells of cohorts that are not over, blue words stood on a faint shade of blue with a contrast of 3."""
    for shade in ("#08306B", "#DEEBF7"):  # The ends of the scale, at the opacity of an outlined cell.
        pairs = zip(shade[1::2], shade[2::2], page[1::2], page[2::2], strict=True)
        mixed = "".join(f"{round(int(a + b, 16) * 0.15 + int(c + d, 16) * 0.85):02X}" for a, b, c, d in pairs)
        assert _contrast(words, f"#{mixed}") >= 4.5
    cells = {"cohort": [date(2025, 1, 1)], "period_number": [0], "retention_rate": [0.5], "is_complete": [False]}
    cells |= {"retained_customers": [1], "cohort_size": [2]}
    drawn = cohort_triangle(pl.DataFrame(cells), "retention_rate", "months").to_dict()
    (outlined,) = [layer for layer in drawn["layer"] if "so far" in str(layer.get("transform"))]
    assert "color" not in outlined["encoding"], "it is that of the page, in either theme"
    assert drawn["height"]["step"] > 20, "a single cohort is as high as any: its row was a line"
