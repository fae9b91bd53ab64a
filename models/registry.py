"""Trained models on disk: one JSON file a version, plain numbers, no pickle, refused when altered.

Belongs here: writing, reading and verifying. Does not belong here: choosing the folder (the caller does).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.calibration import Calibration
from models.estimators import LogisticModel
from models.evaluation import ReliabilityBin
from models.trained import Metric, TrainedModel, canonical_json, content

LIBRARIES = ("numpy", "polars", "scikit-learn")


def save(model: TrainedModel, folder: Path) -> Path:
    """Write ``model`` under ``folder`` as ``<model_version>.json``; the same model writes the same bytes.

    The file is complete or absent: it is written aside and moved into place.
    """
    document = {"model_version": model.model_version, "model": content(model), "libraries": _libraries()}
    document["sha256"] = _digest(document)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model.model_version}.json"
    aside = path.with_suffix(".part")
    aside.write_text(canonical_json(document) + "\n", encoding="utf-8")
    aside.replace(path)
    return path


def load(folder: Path, model_version: str) -> TrainedModel:
    """Read a version back, verified.

    Raises ``ValueError`` when the file is absent, is not what was saved, is of another version than its name
    says, or was saved under other versions (major and minor) of the libraries it computes with.
    """
    path = folder / f"{model_version}.json"
    if not path.is_file():
        raise ValueError(f"There is no model {model_version} in {folder}: train and save it first.")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        claimed = document.pop("sha256")
        intact = claimed == _digest(document)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The model file {path} cannot be read: train the model again.") from error
    if not intact:
        raise ValueError(f"The model file {path} was altered after it was saved: train the model again.")
    for library, saved in document["libraries"].items():
        present = version(library)
        if present.split(".")[:2] != saved.split(".")[:2]:
            raise ValueError(
                f"The model {model_version} was trained with {library} {saved} but {present} is installed: "
                "train it again."
            )
    model = _model(document["model"])
    if model.model_version != model_version:
        raise ValueError(f"The model file {path} holds {model.model_version}: restore its name.")
    return model


def is_intact(path: Path) -> bool:
    """Whether a model file holds what was saved under its name; which libraries are installed is no matter."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return bool(document.pop("sha256") == _digest(document) and document["model_version"] == path.stem)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _libraries() -> dict[str, str]:
    return {library: version(library) for library in LIBRARIES}


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def _model(saved: dict[str, Any]) -> TrainedModel:
    """The model of its JSON types: lists back to tuples, texts back to dates."""
    estimator = saved["estimator"]
    return TrainedModel(
        kind=saved["kind"],
        horizon_days=saved["horizon_days"],
        seed=saved["seed"],
        base_rate=saved["base_rate"],
        levels=tuple((feature, tuple(levels)) for feature, levels in saved["levels"]),
        estimator=LogisticModel(
            terms=tuple(estimator["terms"]),
            means=tuple(estimator["means"]),
            scales=tuple(estimator["scales"]),
            weights=tuple(estimator["weights"]),
            intercept=estimator["intercept"],
        ),
        calibration=Calibration(**saved["calibration"]),
        days=tuple((part, tuple(date.fromisoformat(day) for day in days)) for part, days in saved["days"]),
        metrics=tuple(Metric(**metric) for metric in saved["metrics"]),
        calibration_bins=tuple(ReliabilityBin(**row) for row in saved["calibration_bins"]),
        note=saved["note"],
    )
