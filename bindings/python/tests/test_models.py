"""Estimators: scikit-learn's shape, rows by number, packing."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import verdancy as vd

METHODS = [vd.TabDDPM, vd.GaussianCopula, vd.CART, vd.ARF, vd.TVAE, vd.CTGAN, vd.Autoregressive]
NETWORKS = [vd.TabDDPM, vd.TVAE, vd.CTGAN, vd.Autoregressive]


@pytest.fixture(scope="module")
def table(gbsg2):
    return gbsg2[["age", "menostat", "tsize", "time", "cens"]]


@pytest.mark.parametrize("method", METHODS)
def test_scikit_learns_shape(method, table):
    made = method(target="cens", random_state=3, progress=False, **({"n_iter": 2} if method in NETWORKS else {}))
    twin = clone(made)
    assert twin.get_params() == made.get_params() and twin is not made
    assert twin.set_params(random_state=4) is twin and twin.random_state == 4
    with pytest.raises(vd.InputError):
        twin.set_params(nonsense=1)
    with pytest.raises(NotFittedError) as found:
        made.sample(3)
    assert isinstance(found.value, vd.NotFittedError)
    assert made.fit(table) is made
    check_is_fitted(made)
    assert made.n_features_in_ == 5 and made.feature_names_in_ == list(table.columns)
    assert made.schema_["cens"].kind == "boolean"
    assert "cens" in repr(made) and "<table>" in made._repr_html_()


@pytest.mark.parametrize("method", METHODS)
def test_rows_depend_on_seed_and_number_alone(method, table):
    made = method(progress=False, **({"n_iter": 2} if method in NETWORKS else {})).fit(table)
    whole = made.sample(1_000, random_state=9)
    pd.testing.assert_frame_equal(made.set_params(threads=1).sample(1_000, random_state=9), whole)
    part = made.sample(300, random_state=9, start=500)
    pd.testing.assert_frame_equal(part, whole.iloc[500:800].reset_index(drop=True))
    pieces = pd.concat(made.sample_batches(1_000, batch_rows=333, random_state=9), ignore_index=True)
    pd.testing.assert_frame_equal(pieces, whole)
    assert not made.sample(1_000, random_state=10).equals(whole)
    assert len(made.sample(0)) == 0


def test_models_pack_and_travel(table, tmp_path):
    made = vd.CART(progress=False).fit(table)
    rows = made.sample(50)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(made)).sample(50), rows, check_dtype=False)
    joblib.dump(made, tmp_path / "m.joblib")
    pd.testing.assert_frame_equal(joblib.load(tmp_path / "m.joblib").sample(50), rows, check_dtype=False)
    made.save(tmp_path / "model")
    pd.testing.assert_frame_equal(vd.load(tmp_path / "model").sample(50), rows, check_dtype=False)
    code = f"import pickle,sys; m=pickle.load(open({str(tmp_path / 'p')!r},'rb')); print(len(m.sample(7)))"
    (tmp_path / "p").write_bytes(pickle.dumps(made))
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "7"


def test_models_that_are_not_ours_are_refused(tmp_path, table):
    with pytest.raises(vd.UnreadableModelError):
        vd.load(tmp_path / "gone")
    made = vd.CART(progress=False).fit(table)
    made.save(tmp_path / "model")
    manifest = tmp_path / "model" / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"format":', '"format": 99, "was":', 1))
    with pytest.raises(vd.UnreadableModelError):
        vd.load(tmp_path / "model")
    with pytest.raises(vd.UnreadableModelError):
        from verdancy._model import _unpacked

        _unpacked([("../evil", b"x")])


def test_auto_is_the_loop(gbsg2):
    made = vd.Auto(time="time", event="cens", random_state=7, progress=False).fit(gbsg2)
    run = vd.synthesize(gbsg2, time="time", event="cens", seed=7, progress=False)
    pd.testing.assert_frame_equal(made.sample(len(run.synthetic)), run.synthetic)
    assert made.run_.verdict == run.verdict
    assert pickle.loads(pickle.dumps(made)).sample(3) is not None


def test_seeds_of_all_kinds(table):
    made = vd.CART(progress=False).fit(table)
    assert made.sample(5, random_state=np.int64(5)).equals(made.sample(5, random_state=5))
    made.sample(5, random_state=np.random.default_rng(1))
    with pytest.raises(vd.InputError):
        made.sample(-1)
    with pytest.raises(vd.InputError):
        made.sample(1.5)


def test_wrong_parameters_name_their_remedy(table):
    with pytest.raises(vd.InputError) as found:
        vd.TabDDPM(hidden=-3, progress=False).fit(table)
    assert found.value.code == "config/bad-value"
    assert "hidden" in str(found.value)


# Those of scikit-learn's checks that make sense for an estimator that predicts nothing.
CHECKS = [
    "check_no_attributes_set_in_init", "check_parameters_default_constructible", "check_get_params_invariance",
    "check_set_params", "check_estimators_overwrite_params", "check_dict_unchanged", "check_mixin_order",
    "check_estimator_cloneable", "check_estimator_repr", "check_estimators_fit_returns_self",
    "check_readonly_memmap_input", "check_n_features_in", "check_estimators_pickle", "check_estimators_unfitted",
    "check_fit_idempotent", "check_fit_check_is_fitted", "check_n_features_in_after_fitting",
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", [vd.GaussianCopula, vd.CART])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks_pass(kind, check):
    from sklearn.utils import estimator_checks

    if not hasattr(estimator_checks, check):
        pytest.skip("another scikit-learn")
    getattr(estimator_checks, check)(kind.__name__, kind())
