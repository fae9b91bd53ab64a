"""Trained models on disk: a folder a version, with the model's text, a card for programs and one for people.

Belongs here: writing, reading and verifying; waivers. Does not belong here: choosing the place (the caller does), the
words of the card (``models.card``).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.boosting import BoostedTrees
from models.card import markdown
from models.causes import Causes
from models.estimators import LogisticModel
from models.evaluation import Metric, ReliabilityBin
from models.floor import SplineLogistic
from models.leveling import Level
from models.segment_rate import SegmentRate
from models.splines import Curve
from models.trained import TrainedModel, canonical_json, content

LIBRARIES = ("lightgbm", "numpy", "polars", "scikit-learn", "scipy")
# Goes up when the same data would give another model; what was trained by another recipe is trained again.
RECIPE = 9
CARD, MODEL_TEXT, PEOPLE_CARD = "card.json", "model.txt", "card.md"
WAIVERS = "waivers.json"


def save(model: TrainedModel, registry: Path) -> Path:
    """Write ``model`` as a folder of ``registry``; the same model writes the same bytes.

    The folder is complete or absent: it is written aside and moved into place.
    """
    folder = registry / _folder_name(model)
    aside = registry / f"{folder.name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    text = model.trees.text if model.trees else ""
    (aside / MODEL_TEXT).write_text(text, encoding="utf-8")
    described = content(model)
    if described["trees"]:
        del described["trees"]["text"]
    people_card = markdown(model)
    document = {
        "folder": folder.name,
        "model_version": model.model_version,
        "recipe": RECIPE,
        "libraries": {library: version(library) for library in LIBRARIES},
        "model": described,
        "model_text_sha256": _sha256(text),
        "people_card_sha256": _sha256(people_card),
    }
    document["sha256"] = _digest(document)
    (aside / CARD).write_text(json.dumps(document, sort_keys=True, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (aside / PEOPLE_CARD).write_text(people_card, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    aside.replace(folder)
    return folder


def load(folder: Path) -> TrainedModel:
    """Read a version back, verified.

    Raises ``ValueError`` when the folder is incomplete, was altered, or was trained under other versions (major and
    minor) of the libraries it computes with.
    """
    try:
        document = json.loads((folder / CARD).read_text(encoding="utf-8"))
        text = (folder / MODEL_TEXT).read_text(encoding="utf-8")
        claimed = document.pop("sha256")
        intact = claimed == _digest(document) and document["model_text_sha256"] == _sha256(text)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The model in {folder} cannot be read: run churniq train.") from error
    if not intact:
        raise ValueError(f"The model in {folder} was altered after it was saved: run churniq train.")
    for library, saved in document["libraries"].items():
        if version(library).split(".")[:2] != saved.split(".")[:2]:
            raise ValueError(
                f"The model in {folder} was trained with {library} {saved} but {version(library)} is installed: "
                "run churniq train."
            )
    return _model(document["model"], text)


def find(registry: Path, data_hash: str, horizon_days: int, waivers: dict[str, str]) -> TrainedModel | None:
    """The model of exactly this data, horizon, recipe and libraries, if it was trained before and is intact."""
    for folder in folders(registry):
        try:
            document = json.loads((folder / CARD).read_text(encoding="utf-8"))
            described = document["model"]
            same = (described["data_hash"], described["horizon_days"], dict(described["waivers"])) == (
                data_hash,
                horizon_days,
                waivers,
            )
            if same and document["recipe"] == RECIPE:
                return load(folder)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def is_intact(folder: Path) -> bool:
    """Whether a folder holds what was saved under its name; which version saved it is no matter.

    Of models that say no digest of their card for people, it has to be there.
    """
    try:
        document = json.loads((folder / CARD).read_text(encoding="utf-8"))
        text = (folder / MODEL_TEXT).read_text(encoding="utf-8")
        people_card = _sha256((folder / PEOPLE_CARD).read_text(encoding="utf-8"))
        return bool(
            document.pop("sha256") == _digest(document)
            and document["model_text_sha256"] == _sha256(text)
            and document.get("people_card_sha256", people_card) == people_card
            and document.get("folder", folder.name) == folder.name
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def folders(registry: Path) -> Iterator[Path]:
    """The folders of the models, by name."""
    yield from sorted(card.parent for card in registry.glob(f"*/{CARD}") if card.parent.suffix != ".part")


def waivers(registry: Path) -> dict[str, str]:
    """The columns that somebody let through the gate, with the reasons; raises ``ValueError`` where they are none."""
    path = registry / WAIVERS
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} is not JSON: write an object of columns and reasons.") from error
    if not isinstance(found, dict) or not all(isinstance(why, str) and len(why.split()) > 1 for why in found.values()):
        raise ValueError(f"{path} is no list of waivers: write an object of columns and reasons in words.")
    return {str(column): str(why) for column, why in found.items()}


def _folder_name(model: TrainedModel) -> str:
    """The version; of the fall-back with its content, since its version is one name."""
    return f"{model.kind}-{model.digest[:12]}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(document: dict[str, Any]) -> str:
    return _sha256(canonical_json(document))


def _dates(values: list[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(value) for value in values)


def _levels(values: list[Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(levels)) for name, levels in values)


def _model(saved: dict[str, Any], text: str) -> TrainedModel:
    """The model of its JSON types: lists back to tuples, texts back to dates."""
    trees, floor = saved["trees"], saved["floor"]
    built: dict[str, Any] = {
        **saved,
        "trees": None
        if trees is None
        else BoostedTrees(tuple(trees["columns"]), _levels(trees["levels"]), text, trees["rounds"], trees["setting"]),
        "floor": None if floor is None else _floor(floor),
        "segment": SegmentRate(
            tuple(saved["segment"]["rates"]), saved["segment"]["overall"], saved["segment"]["horizon_days"]
        ),
        "level": Level(saved["level"]["lasting"], tuple(saved["level"]["months"])),
        "training_days": _dates(saved["training_days"]),
        "origins": _dates(saved["origins"]),
        "metrics": tuple(
            Metric(**{**each, "origin": None if each["origin"] is None else date.fromisoformat(each["origin"])})
            for each in saved["metrics"]
        ),
        "calibration_bins": tuple(ReliabilityBin(**row) for row in saved["calibration_bins"]),
        "gain_interval": None if saved["gain_interval"] is None else tuple(saved["gain_interval"]),
        "waivers": tuple((column, why) for column, why in saved["waivers"]),
        "causes": _causes(saved.get("causes")),
    }
    return TrainedModel(**{field.name: built[field.name] for field in fields(TrainedModel)})


def _causes(saved: dict[str, Any] | None) -> Causes | None:
    if saved is None:
        return None
    return Causes(saved["share"], None if saved["floor"] is None else _floor(saved["floor"]), saved["auc"])


def _floor(saved: dict[str, Any]) -> SplineLogistic:
    weights = saved["weights"]
    return SplineLogistic(
        curves=tuple(Curve(c["name"], c["middle"], tuple(c["knots"]), c["misses"]) for c in saved["curves"]),
        levels=_levels(saved["levels"]),
        weights=LogisticModel(
            terms=tuple(weights["terms"]),
            means=tuple(weights["means"]),
            scales=tuple(weights["scales"]),
            weights=tuple(weights["weights"]),
            intercept=weights["intercept"],
        ),
        inverse_penalty=saved["inverse_penalty"],
    )
