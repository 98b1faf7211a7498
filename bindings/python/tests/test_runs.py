"""The closed loop, judging, inspecting, and parity with the command line."""

import inspect as introspection
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

import pandas as pd
import pytest

import verdancy as vd

COMMAND = shutil.which("verdancy", path=os.path.dirname(sys.executable))


def verdancy(*arguments, code=(0, 3)):
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in code, done.stderr
    return done


@pytest.fixture(scope="module")
def run(gbsg2):
    return vd.synthesize(gbsg2, time="time", event="cens", seed=7, progress=False)


def test_the_same_bytes_as_the_command(run, gbsg2_path, tmp_path):
    verdancy("synth", gbsg2_path, "--time", "time", "--event", "cens", "--seed", 7, "-o", tmp_path / "out", "--quiet")
    run.save(tmp_path / "ours", format="csv")
    ours, theirs = ((tmp_path / f / "synthetic.csv").read_bytes() for f in ("ours", "out"))
    assert ours == theirs
    assert sorted(os.listdir(tmp_path / "ours")) == sorted(os.listdir(tmp_path / "out"))
    direct = vd.synthesize(gbsg2_path, time="time", event="cens", seed=7, threads=1, progress=False)
    pd.testing.assert_frame_equal(direct.synthetic, run.synthetic)


def test_every_option_of_the_command_is_an_argument():
    text = verdancy("synth", "--help").stdout
    options = set(re.findall(r"--([a-z][a-z-]+)", text))
    options -= {"help", "quiet", "output", "format", "checkpoints", "progress", "force"}
    options -= {o for o in options if o.startswith("max-")}  # bounds on reading of services
    ours = {p.replace("_", "-") for p in introspection.signature(vd.synthesize).parameters} - {"data", "progress"}
    assert (ours - {"params"}) | {"set"} == options


def test_a_run_shows_itself(run, tmp_path):
    assert run.verdict == "green" and run.green
    assert "verdict" in repr(run) and "gates green" in repr(run)
    html = run._repr_html_()
    assert "prefers-color-scheme" in html and "http" not in html
    assert {g.status for g in run.gates} <= {"green", "not_applicable"}
    assert run.attempts and run.attempts[0]["config"]["method"]
    assert str(run.report).startswith("<!") and "srcdoc" in run.report._repr_html_()
    run.report.save(tmp_path / "r.html")
    assert run.schema["time"].kind == "integer"
    assert run.judgement["ks_mean"] < 0.1
    assert run.judgement.to_frame().shape[0] == len(run.judgement)
    assert len(run.model.sample(10_000)) == 10_000
    # A model draws under its own seed, so that the rows of a run are its first ones.
    rows = run.model.sample(len(run.synthetic), random_state=7)
    pd.testing.assert_frame_equal(rows, run.synthetic)


def test_saving_never_replaces_what_is_not_ours(run, tmp_path):
    (tmp_path / "synthetic.csv").write_text("mine")
    with pytest.raises(vd.InputError) as found:
        run.save(tmp_path, format="csv")
    assert found.value.code == "engine/output-not-ours"
    assert (tmp_path / "synthetic.csv").read_text() == "mine"
    with pytest.raises(vd.InputError) as found:
        run.save(tmp_path / "x", format="xls")
    assert found.value.code == "engine/bad-option" and not (tmp_path / "x").exists()
    # Nor the table that the run itself has read.
    run.save(tmp_path / "first", format="csv")
    again = vd.synthesize(tmp_path / "first" / "synthetic.csv", mode="speed", method="gaussian_copula", attempts=1, progress=False)
    with pytest.raises(vd.InputError) as found:
        again.save(tmp_path / "first")
    assert found.value.code == "engine/output-holds-input"


def test_judging_somebody_elses_table(gbsg2, run):
    train, test = gbsg2[:500], gbsg2[500:]
    copy = vd.evaluate(train, train, holdout=test, target="cens")
    assert copy.verdict == "red"
    assert any(g.id == "duplicates" and g.status == "red" for g in copy.gates)
    with pytest.warns(vd.VerdancyWarning, match="holdout="):
        alone = vd.evaluate(gbsg2, run.synthetic)
    assert alone.verdict == "inconclusive"
    side = vd.compare(ours=run, copy=copy)
    assert "ours" in repr(side) and "duplicates" in side.to_frame().index
    assert "<table>" in side._repr_html_()
    with pytest.raises(vd.InputError):
        vd.compare()
    with pytest.raises(vd.InputError) as found:
        vd.evaluate(train, train.drop(columns="age"))
    assert found.value.code == "table/column-missing"


def test_schema_is_understood_changed_and_given_back(gbsg2, tmp_path):
    schema = vd.Schema.infer(gbsg2, target="cens")
    assert schema.target == "cens" and len(schema) == 10 and "age" in schema
    assert vd.Schema.from_toml(schema.to_toml()) == schema
    schema["pnodes"].kind = "categorical"
    made = vd.CART(schema=schema, progress=False).fit(gbsg2)
    assert made.schema_["pnodes"].kind == "categorical"
    (tmp_path / "s.toml").write_text(schema.to_toml())
    assert vd.Schema.infer(gbsg2, schema=tmp_path / "s.toml")["pnodes"].kind == "categorical"
    with pytest.raises(KeyError, match="there are"):
        schema["nope"]
    assert "Schema of 10 columns" in repr(schema) and "<table>" in schema._repr_html_()


V1 = {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {"pnodes": {"sdtype": "categorical"}, "age": {"sdtype": "numerical"}}}


def test_sdv_metadata_of_both_versions(gbsg2, tmp_path):
    v2 = vd.Schema.infer(gbsg2).to_sdv("gbsg2")
    assert v2["METADATA_SPEC_VERSION"] == "V2" or "tables" in v2

    class Theirs:
        def to_dict(self):
            return V1

    (tmp_path / "m.json").write_text(json.dumps(V1))
    for metadata in (V1, Theirs(), tmp_path / "m.json"):
        assert vd.Schema.infer(gbsg2, metadata=metadata)["pnodes"].kind == "categorical"
    assert vd.Schema.infer(gbsg2, metadata=v2)["pnodes"].kind == vd.Schema.infer(gbsg2)["pnodes"].kind


def test_sdv_itself_takes_our_metadata(gbsg2):
    sdv = pytest.importorskip("sdv.metadata")
    theirs = sdv.Metadata.load_from_dict(vd.Schema.infer(gbsg2).to_sdv("gbsg2"))
    theirs.validate()
    again = vd.Schema.infer(gbsg2, metadata=theirs)
    assert {n: c.kind for n, c in again.items()} == {n: c.kind for n, c in vd.Schema.infer(gbsg2).items()}


def test_inspection(gbsg2):
    found = vd.inspect(gbsg2, target="cens")
    assert found.rows == 686 and found.division["test"] > 100
    assert found.columns[0]["name"] == "horTh" and found.estimate["seconds"] > 0
    assert "686 rows" in repr(found) and "<table>" in found._repr_html_()


def test_events_warnings_and_logging(gbsg2, caplog):
    heard = []
    with caplog.at_level(logging.DEBUG, "verdancy"):
        vd.synthesize(gbsg2[:60], time="time", event="cens", mode="speed", progress=heard.append, seed=1)
    kinds = [e["event"] for e in heard]
    assert kinds[0] == "stage" and "verdict" in kinds and "divided" in kinds
    assert any(r.name == "verdancy" for r in caplog.records)
    with pytest.warns(vd.VerdancyWarning, match="cannot-be-green"):
        vd.synthesize(gbsg2[:60], time="time", event="cens", mode="speed", progress=False)


def test_a_listener_that_raises_ends_the_run(gbsg2):
    def angry(event):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        vd.synthesize(gbsg2, progress=angry)


def test_ctrl_c_keeps_the_best_model(gbsg2):
    def press():
        os.kill(os.getpid(), signal.SIGINT)

    heard = []

    def listen(event):
        heard.append(event["event"])
        if event["event"] == "training" and heard.count("training") == 1:
            threading.Thread(target=press).start()

    made = vd.TabDDPM(n_iter=20_000, work=0, progress=listen).fit(gbsg2)
    assert len(made.sample(5)) == 5 and made.history_[-1]["epoch"] < 20_000


def test_work_leaves_the_interpreter_free(gbsg2):
    ticks = []
    done = threading.Event()

    def count():
        while not done.wait(0.01):
            ticks.append(1)

    thread = threading.Thread(target=count)
    thread.start()
    vd.TabDDPM(n_iter=30, progress=False).fit(gbsg2)
    done.set()
    thread.join()
    assert len(ticks) > 20


def test_the_import_is_light():
    code = (
        "import sys, verdancy; "
        "print([m for m in ('pandas','numpy','pyarrow','polars','torch','sklearn','tqdm') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_command_comes_with_the_package():
    assert verdancy("--version").stdout.startswith("verdancy ")
    assert "table/file-not-found" in verdancy("inspect", "gone.csv", code=(2,)).stderr
    verdancy("nonsense", code=(2,))
    assert "--rows" in verdancy("sample", "--help").stdout


def test_the_written_classes_are_fresh():
    from pathlib import Path

    script = Path(__file__).resolve().parents[1] / "generate.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_page_of_the_api_is_fresh():
    from pathlib import Path

    script = Path(__file__).resolve().parents[1] / "api.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_search_gives_an_estimator_and_a_file(gbsg2, tmp_path):
    heard = []
    tuned = vd.tune(gbsg2, trials=3, method="gaussian_copula", time="time", event="cens", seed=5, progress=heard.append)
    assert len(tuned.trials) == 3 and sum(e["event"] == "trial" for e in heard) >= 3
    assert tuned.best == tuned.trials[tuned.best_index]["config"]
    assert isinstance(tuned.estimator, vd.GaussianCopula)
    tuned.save(tmp_path / "tuned.toml")
    run = vd.synthesize(
        gbsg2, config=tmp_path / "tuned.toml", time="time", event="cens", seed=5, attempts=1, progress=False
    )
    tried = run.attempts[0]["config"]
    assert {k: tried[k] for k in tuned.best} == tuned.best
    with pytest.raises(vd.InputError):
        vd.tune(gbsg2, trials=0)
