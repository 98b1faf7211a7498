"""The Spark data source, proven on Sail."""

import os
import subprocess
import sys

import pytest

import verdancy as vd

pysail = pytest.importorskip("pysail.spark")
pytest.importorskip("pyspark.sql.connect")
from pyspark.sql import SparkSession  # noqa: E402

from verdancy.spark import ALIGNED, VerdancySource, map_in_arrow, ranges, schema_text  # noqa: E402

ROWS = 100_000


@pytest.fixture(scope="module")
def model(tmp_path_factory, mixed):
    place = tmp_path_factory.mktemp("spark") / "model"
    real = mixed.drop(columns=["grade", "maybe", "small"])
    vd.GaussianCopula(progress=False, random_state=5).fit(real).save(place)
    return str(place)


@pytest.fixture(scope="module")
def whole(model):
    """What one process draws."""
    return vd.load(model).sample(ROWS, random_state=7)


@pytest.fixture(scope="module")
def spark():
    server = pysail.SparkConnectServer(port=0)
    server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
    session.dataSource.register(VerdancySource)
    yield session
    session.stop()
    server.stop()


def test_ranges_cover_all_rows_once():
    for rows in (0, 1, ALIGNED, ALIGNED + 1, 1_000_000):
        for partitions in (1, 3, 16, 1000):
            found = ranges(rows, partitions)
            assert len(found) <= partitions
            assert [s for s, _ in found] == [0, *[e for _, e in found]][: len(found)]
            assert all(s % ALIGNED == 0 and s < e for s, e in found) and sum(e - s for s, e in found) == rows


@pytest.mark.parametrize("partitions", [1, 4])
def test_any_number_of_partitions_gives_the_rows_of_the_command(spark, model, whole, tmp_path, partitions):
    rows = (
        spark.read.format("verdancy").option("model", model).option("rows", ROWS).option("seed", 7).option("partitions", partitions)
    ).load()
    out = tmp_path / "rows.parquet"
    rows.write.parquet(str(out))
    import pyarrow.parquet as pq

    made = pq.read_table(out).to_pandas()
    assert len(made) == ROWS
    key = ["x", "whole", "day", "seen"]
    left, right = (t.sort_values(key).reset_index(drop=True) for t in (made, whole))
    for name in ("x", "whole", "flag", "town", "nullable"):
        ours, theirs = (t[name].astype("float64" if name == "nullable" else object) for t in (left, right))
        assert ours.equals(theirs), name


def test_map_in_arrow_draws_the_same(spark, model, whole):
    given = spark.createDataFrame([(s, e) for s, e in ranges(40_000, 3)], "start long, end long")
    made = given.mapInArrow(map_in_arrow(model, 7), schema_text(model)).toPandas()
    assert sorted(made["x"]) == sorted(whole["x"][:40_000])


def test_a_lost_task_is_drawn_again_alike(model, whole):
    """An executor that is killed on the way: another one draws its range anew."""
    code = (
        "import sys; from verdancy.spark import batches; import pyarrow as pa\n"
        f"for b in batches({model!r}, 32768, 65536, 7):\n"
        "    sys.stdout.buffer.write(b.column('x').to_numpy(zero_copy_only=False).tobytes()); sys.stdout.flush()\n"
    )
    lost = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ})
    part = lost.stdout.read(1024)
    lost.kill()
    lost.wait()
    again = subprocess.run([sys.executable, "-c", code], capture_output=True).stdout
    assert again[: len(part)] == part
    assert again == whole["x"][32768:65536].to_numpy().tobytes()


def test_bad_options_are_named(spark, model):
    for options in ({"rows": 10}, {"model": model}, {"model": model, "rows": "many"}):
        with pytest.raises(Exception, match="bad-option"):
            spark.read.format("verdancy").options(**options).load().collect()
