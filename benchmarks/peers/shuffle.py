"""partd.PandasBlocks on the work of src/shuffle.ts: `shuffle.py FOLDER RUNS` prints seconds of append and get, medians.

FOLDER holds the flights' columns as raw numbers: integers of 64 bits, and airports as three letters.
"""
import json
import os
import shutil
import statistics
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import partd

CHUNK = 131072


def read(folder):
    def column(name, dtype):
        return np.fromfile(os.path.join(folder, name), dtype=dtype)
    columns = {name: column(name, '<i8') for name in ('date', 'delay', 'distance')}
    for name in ('origin', 'destination'):
        columns[name] = column(name, 'S3').astype(str).astype(object)
    return pd.DataFrame(columns)


def run(flights):
    path = tempfile.mkdtemp()
    try:
        store = partd.PandasBlocks(partd.File(os.path.join(path, 'p')))
        started = time.perf_counter()
        for start in range(0, len(flights), CHUNK):
            chunk = flights.iloc[start:start + CHUNK]
            store.append({key: rows for key, rows in chunk.groupby('origin')})
        appended = time.perf_counter()
        rows = sum(len(store.get(key)) for key in flights['origin'].unique())
        if rows != len(flights):
            raise ValueError('%d of %d rows came back' % (rows, len(flights)))
        return appended - started, time.perf_counter() - appended
    finally:
        shutil.rmtree(path)


flights = read(sys.argv[1])
times = [run(flights) for _ in range(int(sys.argv[2]))]
append, get = (statistics.median(side) for side in zip(*times))
print(json.dumps({'append': append, 'get': get}))
