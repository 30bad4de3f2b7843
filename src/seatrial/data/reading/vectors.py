"""Lists of numbers that are vectors: Parquet and JSON have no lists of fixed size, so embeddings look like lists there.

Called by `opening`, which takes lists for vectors if all of some rows, spread over the data, have one length above 8,
and by `batches` when a later row turns out to have another.
"""

from __future__ import annotations

import polars as pl

from seatrial.data.reading import flattening
from seatrial.data.reading.faults import refused, told
from seatrial.data.reading.plans import scan, spread
from seatrial.data.reading.records import Dataset, Partition, Source

_VECTOR_ROWS = 4_096
_SHORTEST = 8


def vectors_of(dataset: Dataset) -> dict[str, int]:
    """Columns of lists of numbers that are taken for vectors, and their width."""
    lists = [source.name for source in dataset.sources if _is_list_of_numbers(source.dtype)]
    if not lists:
        return {}
    sample = spread(dataset, _VECTOR_ROWS, sources=lists).frame
    lengths = {name: sample[name].list.len().drop_nulls() for name in lists}
    return {
        name: int(found[0])
        for name, found in lengths.items()
        if found.len() > 1 and found.n_unique() == 1 and found[0] > _SHORTEST
    }


def _is_list_of_numbers(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.List) and dtype.inner.base_type().is_numeric()


def refuse_other_widths(dataset: Dataset, partition: Partition) -> None:
    """Raise the EvidenceError for the first row with a list that is shorter or longer than all others looked at."""
    types = {stored.name: stored.dtype for stored in dataset.stored}
    for source in dataset.sources:
        stored = flattening.stored_dtype(source, types[source.path[0]])
        if not (isinstance(source.dtype, pl.Array) and isinstance(stored, pl.List)):
            continue
        lists = Dataset(
            shown=dataset.shown,
            partitions=(partition,),
            columns=(),
            stored=dataset.stored,
            sources=(Source(name=source.name, path=source.path, dtype=stored),),
        )
        width = source.dtype.shape[0]
        length = pl.col(source.name).list.len().alias("length")
        with told(partition):
            odd = scan(lists, partition).select(length).with_row_index("row").filter(pl.col("length") != width).head(1)
            found = odd.collect(engine="streaming")
        if found.height:
            raise refused(
                f"`{source.name}` has {found.item(0, 1)} numbers in row {found.item(0, 0)} (counted from 0), and "
                f"{width} in the rows looked at first",
                partition.shown,
                key=source.name,
                step="Write vectors of one width, or of widths that differ more often, to be read as lists.",
            )
