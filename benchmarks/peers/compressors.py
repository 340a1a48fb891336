"""Python's compressors on the work of src/compressors.ts: `compressors.py MODULE FILE BLOCK ROUNDS`."""
import importlib
import json
import sys
import time

import partd
from partd.compressed import bytes_concat

name, path, size, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
library = importlib.import_module(name)
text = open(path, 'rb').read()
blocks = [text[at:at + size] for at in range(0, len(text) - size + 1, size)]
batch = {'block-%d' % i: block for i, block in enumerate(blocks)}
total = len(blocks) * size


def rate(work):
    """The best of the rounds, in megabytes a second, and the last result."""
    best = 0
    for _ in range(rounds):
        started = time.perf_counter()
        result = work()
        best = max(best, total / 1e6 / (time.perf_counter() - started))
    return best, result


def append():
    layer = partd.Encode(library.compress, library.decompress, bytes_concat, partd.Dict())
    layer.append(batch)
    return layer


compress, payloads = rate(lambda: [library.compress(block) for block in blocks])
decompress, _ = rate(lambda: [library.decompress(payload) for payload in payloads])
append, layer = rate(append)
get, values = rate(lambda: layer.get(list(batch)))
assert values == blocks
print(json.dumps({
    'compress': compress,
    'decompress': decompress,
    'append': append,
    'get': get,
    'ratio': total / sum(map(len, payloads)),
}))
