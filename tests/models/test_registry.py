"""A model comes back as it was saved, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import registry
from models.inputs import ScoringInputs
from models.registry import load, save
from models.scoring import score
from models.trained import TrainedModel


def test_a_saved_model_comes_back_equal_and_scores_the_same(
    model: TrainedModel, world: ScoringInputs, tmp_path: Path
) -> None:
    path = save(model, tmp_path / "models")
    assert path.name == f"{model.model_version}.json"
    back = load(tmp_path / "models", model.model_version)
    assert back == model
    assert score(back, world).equals(score(model, world))


def test_the_same_model_writes_the_same_bytes(model: TrainedModel, tmp_path: Path) -> None:
    assert save(model, tmp_path / "a").read_bytes() == save(model, tmp_path / "b").read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == [f"{model.model_version}.json"]


def test_an_altered_weight_is_refused(model: TrainedModel, tmp_path: Path) -> None:
    path = save(model, tmp_path)
    document = json.loads(path.read_text())
    document["model"]["estimator"]["weights"][0] += 0.001
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="was altered after it was saved"):
        load(tmp_path, model.model_version)


def test_a_model_under_another_name_is_refused(model: TrainedModel, tmp_path: Path) -> None:
    save(model, tmp_path).rename(tmp_path / "logistic-000000000000.json")
    with pytest.raises(ValueError, match=f"holds {model.model_version}"):
        load(tmp_path, "logistic-000000000000")


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}"])
def test_a_file_that_is_no_model_is_refused(model: TrainedModel, tmp_path: Path, text: str) -> None:
    save(model, tmp_path).write_text(text)
    with pytest.raises(ValueError, match="cannot be read"):
        load(tmp_path, model.model_version)


def test_an_absent_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no model logistic-1"):
        load(tmp_path, "logistic-1")


def test_other_library_versions_are_refused(
    model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(model, tmp_path)
    installed = registry.version
    monkeypatch.setattr(registry, "version", lambda name: "0.1.0" if name == "polars" else installed(name))
    with pytest.raises(ValueError, match=r"trained with polars .* but 0\.1\.0 is installed"):
        load(tmp_path, model.model_version)
