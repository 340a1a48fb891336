"""shelve and diskcache on the work of src/chest.ts: `chest.py CASE COUNT SIZE` prints values a second, set and got."""
import json
import os
import shutil
import sys
import tempfile
import time


def rate(count, work):
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def run(open_, count, size):
    path = tempfile.mkdtemp()
    try:
        store = open_(os.path.join(path, 'values'))
        value = b'\7' * size

        def put():
            for i in range(count):
                store['key-%d' % i] = value

        def get():
            for i in range(count):
                assert len(store['key-%d' % i]) == size

        figures = {'set': rate(count, put), 'get': rate(count, get)}
        store.close()
        return figures
    finally:
        shutil.rmtree(path)


def shelve_(path):
    import shelve
    return shelve.open(path)


def diskcache(path):
    import diskcache
    return diskcache.Cache(path, size_limit=2 ** 40, eviction_policy='none')


# Not this file, should a module it imports be called as it is.
sys.path.pop(0)
cases = {'shelve': shelve_, 'diskcache': diskcache}
print(json.dumps(run(cases[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3]))))
