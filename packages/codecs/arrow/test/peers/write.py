"""Writes the streams in this folder: pip install pyarrow, python write.py"""
import decimal
import datetime
import pathlib
import pyarrow as pa

FOLDER = pathlib.Path(__file__).parent

ROWS = 40
table = pa.table({
    "bool": pa.array([None if i % 7 == 0 else i % 2 == 0 for i in range(ROWS)]),
    "int8": pa.array([i - 20 for i in range(ROWS)], pa.int8()),
    "int64": pa.array([None if i % 5 == 0 else i * 10**15 for i in range(ROWS)], pa.int64()),
    "uint64": pa.array([2**64 - 1 - i for i in range(ROWS)], pa.uint64()),
    "double": pa.array([i / 8 for i in range(ROWS)]),
    "decimal": pa.array([decimal.Decimal(i) / 4 for i in range(ROWS)], pa.decimal128(10, 2)),
    "timestamp": pa.array([10**18 + i for i in range(ROWS)], pa.timestamp("ns", "UTC")),
    "date": pa.array([datetime.date(2020, 1, 1 + i % 28) for i in range(ROWS)]),
    "text": pa.array([None if i % 6 == 0 else "text " * (i % 4) + str(i) for i in range(ROWS)]),
    "large": pa.array(["é" * i for i in range(ROWS)], pa.large_string()),
    "binary": pa.array([bytes([i] * 3) for i in range(ROWS)], pa.binary(3)),
    "list": pa.array([list(range(i % 4)) for i in range(ROWS)], pa.list_(pa.int32())),
    "struct": pa.array([{"a": i, "b": str(i)} for i in range(ROWS)]),
    "map": pa.array([[("k", i)] for i in range(ROWS)], pa.map_(pa.string(), pa.int32())),
    "dictionary": pa.array([f"value {i % 3}" for i in range(ROWS)]).dictionary_encode(),
})


def write(name, data, **options):
    sink = pa.BufferOutputStream()
    schema = data.schema if isinstance(data, (pa.Table, pa.RecordBatch)) else data[0].schema
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        if isinstance(data, pa.Table):
            writer.write_table(data, max_chunksize=25)
        else:
            for batch in data:
                writer.write_batch(batch)
    (FOLDER / f"{name}.arrows").write_bytes(sink.getvalue().to_pybytes())


write("plain", table)
write("lz4", table, compression="lz4")
write("zstd", table, compression="zstd")
write("legacy", table, use_legacy_format=True)
write("version-4", table, metadata_version=pa.ipc.MetadataVersion.V4)

values = ["a", "b", "c", "d"]
parts = [
    pa.record_batch({"d": pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(values[:n]))})
    for indices, n in (([0, 1], 2), ([1, 2, None], 3), ([3, 0], 4))
]
write("deltas", parts, emit_dictionary_deltas=True)
write("replacements", parts)
views = ["short", None, "longer than twelve bytes", "another one that is longer"]
write("views", [pa.record_batch({"v": pa.array(views, pa.string_view())})])
runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", "b"]))
write("run-ends", [pa.record_batch({"r": runs})])
write("two-alike", [pa.record_batch([pa.array([1]), pa.array([2])], names=["x", "x"])])
