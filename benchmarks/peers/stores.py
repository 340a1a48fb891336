"""partd on the work of src/stores.ts and src/transport.ts: `stores.py CASE ARGS…` prints megabytes a second."""
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time

import partd


def batch(keys, size):
    return {'key-%d' % i: b'\7' * size for i in range(keys)}


def rate(total, work):
    started = time.perf_counter()
    work()
    return total / 1e6 / (time.perf_counter() - started)


def with_directory(work):
    path = tempfile.mkdtemp()
    try:
        return work(os.path.join(path, 'p'))
    finally:
        shutil.rmtree(path)


def repeat(append, data, calls):
    for _ in range(calls):
        append(data)


def dict_(keys, size, calls):
    data, store = batch(keys, size), partd.Dict()
    put = rate(keys * size * calls, lambda: repeat(store.append, data, calls))
    got = rate(keys * size * calls, lambda: store.get(list(data)))
    return {'append': put, 'get': got}


def file_(keys, size, calls):
    def run(path):
        data, store = batch(keys, size), partd.File(path)
        store.append(data)
        return rate(keys * size * calls, lambda: repeat(store.append, data, calls))
    return with_directory(run)


def buffer(keys, size, calls, memory):
    def run(path):
        data = batch(keys, size)
        store = partd.Buffer(partd.Dict(), partd.File(path), available_memory=memory)
        store.append(data)
        store.flush()

        def work():
            repeat(store.append, data, calls)
            store.flush()
        return rate(keys * size * calls, work)
    return with_directory(run)


def transport(keys, size, calls):
    """The server in a process of its own, as ours is."""
    folder = tempfile.mkdtemp()
    address = 'ipc://%s/socket' % folder
    if os.fork() == 0:
        server = partd.Server(partd.Dict(), start=False)
        server.socket.bind(address)  # partd 1.3 fails on ipc given as `bind`
        server.status = 'run'
        server.listen()
        os._exit(0)
    client, data = partd.Client(address), batch(keys, size)
    client.append(data)
    client.get(['key-0'])
    def work():
        repeat(client.append, data, calls)
        client.get(['key-0'])
    put = rate(keys * size * calls, work)
    got = rate(keys * size * (calls + 1), lambda: client.get(list(data)))
    client.close_server()
    os.wait()
    shutil.rmtree(folder)
    return {'append': put, 'get': got}


cases = {'dict': dict_, 'file': file_, 'buffer': buffer, 'transport': transport}
print(json.dumps(cases[sys.argv[1]](*map(int, sys.argv[2:]))))
os._exit(0)
