"""A model as a Spark data source: partitions are ranges of rows, so any number of them gives the same table.

>>> from verdancy.spark import VerdancySource                      # doctest: +SKIP
>>> spark.dataSource.register(VerdancySource)                      # doctest: +SKIP
>>> rows = (spark.read.format("verdancy").option("model", "out/model")
...         .option("rows", 1_000_000_000).option("seed", 7).load())  # doctest: +SKIP

Row i is a function of model, seed and i alone: a task that is tried again gives the same rows, and the table
is the one that ``verdancy sample --rows N --seed S`` writes. It uses Spark 4's Python data source
interface and is tested on Sail. Each executor reads the model folder once, so it has to see its path.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from ._errors import bad
from ._model import Synthesizer, load

#: Rows of a partition are a multiple of this, so that no block is drawn twice.
ALIGNED = 16_384


@functools.lru_cache(maxsize=4)
def _model(path: str) -> Synthesizer:
    return load(path)


def ranges(rows: int, partitions: int) -> list[tuple[int, int]]:
    """``rows`` rows as at most ``partitions`` ranges that begin at multiples of :data:`ALIGNED`.

    >>> ranges(40_000, 2)
    [(0, 32768), (32768, 40000)]
    """
    blocks = -(-rows // ALIGNED)
    each = -(-blocks // max(partitions, 1)) * ALIGNED
    return [(start, min(rows, start + each)) for start in range(0, rows, each)] if rows else []


def batches(path: str, start: int, end: int, seed: int) -> Iterator[Any]:
    """Rows ``start .. end`` of a model as pyarrow record batches of Spark's types, drawn as they are asked for."""
    import pyarrow as pa

    rows = pa.RecordBatchReader.from_stream(_model(path).rows(end - start, random_state=seed, start=start))
    schema = _plain(rows.schema)
    for batch in rows:
        yield pa.RecordBatch.from_arrays([a.cast(f.type) for a, f in zip(batch.columns, schema)], schema=schema)


def _plain(schema: Any) -> Any:
    """The types that Spark has for those of ``schema``: categories are strings, moments are microseconds in UTC
    without a zone (TimestampNTZ)."""
    import pyarrow as pa

    def kind(given: Any) -> Any:
        if pa.types.is_dictionary(given):
            given = given.value_type
        if pa.types.is_timestamp(given):
            return pa.timestamp("us")
        if pa.types.is_large_string(given) or pa.types.is_string_view(given):
            return pa.string()
        if pa.types.is_duration(given):
            return pa.duration("us")
        unsigned = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.decimal128(20, 0)}
        return unsigned.get(given, given)

    return pa.schema([pa.field(f.name, kind(f.type), f.nullable) for f in schema])


def _spark_schema(path: str) -> StructType:
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema

    empty = pa.RecordBatchReader.from_stream(_model(path).rows(0))
    return from_arrow_schema(_plain(empty.schema), prefer_timestamp_ntz=True)


def _whole(options: dict[str, str], name: str, default: int | None) -> int:
    text = options.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isdecimal():
        raise bad("bad-option", f"The option {name} is no whole number from 0.", f'Give .option("{name}", N).')
    return int(text)


class VerdancySource(DataSource):
    """``spark.read.format("verdancy")`` with the options ``model``, ``rows``, ``seed`` and ``partitions``."""

    @classmethod
    def name(cls) -> str:
        return "verdancy"

    def _path(self) -> str:
        path = self.options.get("model")
        if not path:
            raise bad("bad-option", "No model is named.", 'Give .option("model", FOLDER).')
        return str(path)

    def schema(self) -> StructType:
        return _spark_schema(self._path())

    def reader(self, schema: StructType) -> DataSourceReader:
        options = dict(self.options)
        return VerdancyReader(
            self._path(),
            _whole(options, "rows", None),
            _whole(options, "seed", 0),
            _whole(options, "partitions", 16),
        )


class Range(InputPartition):
    """Rows ``start .. end``."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__((start, end))
        self.start = start
        self.end = end


class VerdancyReader(DataSourceReader):
    """Draws ranges."""

    def __init__(self, path: str, rows: int, seed: int, partitions: int) -> None:
        self.path = path
        self.rows = rows
        self.seed = seed
        self.count = partitions

    def partitions(self) -> list[InputPartition]:
        return [Range(start, end) for start, end in ranges(self.rows, self.count)]

    def read(self, partition: InputPartition) -> Iterator[Any]:
        assert isinstance(partition, Range)
        return batches(self.path, partition.start, partition.end, self.seed)


def map_in_arrow(path: str, seed: int = 0) -> Any:
    """A function for ``DataFrame.mapInArrow`` over a frame of ranges with the columns ``start`` and ``end``."""

    def draw(given: Iterator[Any]) -> Iterator[Any]:
        for batch in given:
            for row in batch.to_pylist():
                yield from batches(path, row["start"], row["end"], seed)

    return draw


def schema_text(path: str) -> str:
    """The columns of a model's rows as Spark's DDL, for ``mapInArrow``."""
    return ", ".join(f"`{f.name}` {f.dataType.simpleString()}" for f in _spark_schema(path).fields)
