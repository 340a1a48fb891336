"""Python's compressors on the work of src/compressors.ts: `compressors.py MODULE FILE BLOCK ROUNDS`."""
import importlib
import json
import sys
import time

import partd
from partd.compressed import bytes_concat

name, path, size, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
library = importlib.import_module(name)
compress, decompress = {
    'zstandard': lambda: (library.ZstdCompressor(level=3).compress, library.ZstdDecompressor().decompress),
    # What Blosc does here: LZ4 inside, level 5.
    'blosc': lambda: (lambda block: library.compress(block, 8, 5, library.SHUFFLE, 'lz4'), library.decompress),
}.get(name, lambda: (library.compress, library.decompress))()
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
    layer = partd.Encode(compress, decompress, bytes_concat, partd.Dict())
    layer.append(batch)
    return layer


compress_rate, payloads = rate(lambda: [compress(block) for block in blocks])
decompress_rate, _ = rate(lambda: [decompress(payload) for payload in payloads])
append, layer = rate(append)
get, values = rate(lambda: layer.get(list(batch)))
assert values == blocks
print(json.dumps({
    'compress': compress_rate,
    'decompress': decompress_rate,
    'append': append,
    'get': get,
    'ratio': total / sum(map(len, payloads)),
}))
