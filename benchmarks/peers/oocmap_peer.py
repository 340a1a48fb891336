"""Python's oocmap, if it is installed: prints the figure of a case as JSON, or null."""

import json
import random
import sys
import tempfile
import time

try:
    from oocmap import OOCMap
except ImportError:
    print("null")
    sys.exit()


def member(size, reads):
    """Random members of a list a second."""
    with tempfile.TemporaryDirectory() as directory:
        store = OOCMap(directory + "/peer.ooc")
        store["list"] = [i * 1.5 for i in range(size)]
        values = store["list"]
        indices = [random.randrange(size) for _ in range(reads)]
        started = time.perf_counter()
        for index in indices:
            values[index]
        return reads / (time.perf_counter() - started)


def write(path):
    """Rows of a JSON file a second, as a list of dictionaries."""
    with open(path) as file:
        rows = json.load(file)
    with tempfile.TemporaryDirectory() as directory:
        store = OOCMap(directory + "/peer.ooc")
        started = time.perf_counter()
        store["flights"] = rows
        return len(rows) / (time.perf_counter() - started)


def iterate(size):
    """Members of a list of numbers a second."""
    with tempfile.TemporaryDirectory() as directory:
        store = OOCMap(directory + "/peer.ooc")
        store["list"] = [i * 1.5 for i in range(size)]
        values = store["list"]
        started = time.perf_counter()
        total = 0
        for value in values:
            total += value
        return size / (time.perf_counter() - started)


cases = {"member": member, "write": write, "iterate": iterate}
name, *arguments = sys.argv[1:]
print(json.dumps(cases[name](*(int(a) if a.isdigit() else a for a in arguments))))
