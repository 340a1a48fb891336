"""NumPy's files, as Python's dirdb would hold them: `dirdb.py directory bytes runs`, MB/s of put and get as JSON."""

import json
import os
import statistics
import sys
import time

import numpy


def put(path, array):
    with open(path + '.new', 'wb') as file:
        numpy.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + '.new', path)


def rate(size, runs, work):
    figures = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        figures.append(size / 1e6 / (time.perf_counter() - started))
    return statistics.median(figures)


directory, size, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
path = os.path.join(directory, 'numpy.npy')
array = numpy.arange(size // 8, dtype='f8')
print(json.dumps({
    'put': rate(size, runs, lambda: put(path, array)),
    'get': rate(size, runs, lambda: numpy.load(path)),
}))
