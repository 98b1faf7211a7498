"""MLflow, the hub's folder, Croissant."""

import json
import sys
import types

import pandas as pd
import pytest

import verdancy as vd


@pytest.fixture(scope="module")
def run(gbsg2):
    return vd.synthesize(gbsg2, time="time", event="cens", seed=7, progress=False)


def test_the_hubs_folder(run, tmp_path):
    names = run.to_hub_folder(tmp_path / "hub", name="Breast cancer, synthetic", license="cc0-1.0")
    assert names == ["README.md", "croissant.json", "data/train.parquet"]
    card = (tmp_path / "hub" / "README.md").read_text()
    assert card.startswith("---\nlicense: cc0-1.0\n") and "- synthetic" in card and "n<1K" in card
    rows = pd.read_parquet(tmp_path / "hub" / "data" / "train.parquet")
    pd.testing.assert_frame_equal(rows, run.synthetic, check_dtype=False)


def test_croissant_is_valid(run, tmp_path):
    run.to_croissant(tmp_path / "croissant.json", name="gbsg2-synthetic", license="https://creativecommons.org/publicdomain/zero/1.0/")
    found = json.loads((tmp_path / "croissant.json").read_text())
    assert len(found["recordSet"][0]["field"]) == 10
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    first = next(iter(dataset.records("rows")))
    assert set(first) == {f"rows/{i}" for i in range(10)} or len(first) == 10


def test_mlflow_hears_parameters_figures_and_report(run, monkeypatch):
    heard = {}
    fake = types.ModuleType("mlflow")
    for name in ("log_params", "log_metrics", "set_tags", "log_text"):
        setattr(fake, name, lambda *a, name=name: heard.setdefault(name, []).append(a))
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    run.log_mlflow("a_")
    assert heard["set_tags"][0][0]["a_verdict"] == "green"
    assert 0 < heard["log_metrics"][0][0]["a_ks_mean"] < 0.1
    assert heard["log_text"][0][1] == "a_report.html"


def test_what_is_not_installed_is_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(vd.InputError, match="pip install mlflow"):
        run.log_mlflow()
