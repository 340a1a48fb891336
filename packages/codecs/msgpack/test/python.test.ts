import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { itWithPython } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Msgpack } from '../src/index.js';

describe("Python's msgpack", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'spillway-msgpack-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  itWithPython(['partd', 'msgpack'], 'is what partd.Python writes, and is read', async (python) => {
    python(
      `
import partd, sys
store = partd.Python(partd.File(sys.argv[1]))
store.append({'a': [1, -1, 2 ** 40, 1.5, float('inf'), None, True, 'text \\u6f22', b'bytes']})
store.append({'a': [[1, [2]], {'name': {'nested': []}}, {1: 'by number'}, 'x' * 70000, list(range(70000))]})
`,
      path,
    );
    await using inner = Dict();
    await inner.append({ a: readFileSync(join(path, 'a')) });
    expect(await Msgpack(inner).get('a')).toEqual([
      ...[1, -1, 2n ** 40n, 1.5, Number.POSITIVE_INFINITY, null, true, 'text 漢'],
      new TextEncoder().encode('bytes'),
      ...[[1, [2]], { name: { nested: [] } }, { 1: 'by number' }, 'x'.repeat(70_000)],
      Array.from({ length: 70_000 }, (_, i) => i),
    ]);
  });

  itWithPython(
    ['partd', 'msgpack'],
    'reads what is written here, by way of partd.Python',
    async (python) => {
      await using inner = Dict();
      const store = Msgpack(inner);
      await store.append({
        a: [1, -1, 2 ** 40, 1.5, -0.25, null, true, 'text 漢', 2n ** 63n, -5n],
      });
      await store.append({
        a: [{ name: { nested: [] } }, new Uint8Array([1, 2]), 'x'.repeat(70_000)],
      });
      await store.append({ a: [Array.from({ length: 70_000 }, (_, i) => i)] });
      writeFileSync(join(path, 'a'), await inner.get('a'));
      const printed = python(
        `
import partd, sys
rows = partd.Python(partd.File(sys.argv[1])).get('a')
assert rows == [
    1, -1, 2.0 ** 40, 1.5, -0.25, None, True, 'text \\u6f22', 2 ** 63, -5,
    {'name': {'nested': []}}, b'\\1\\2', 'x' * 70000, list(range(70000)),
], rows
print('same')
`,
        path,
      );
      expect(printed).toBe('same\n');
    },
  );

  itWithPython(
    ['msgpack'],
    'understands dates, and sees extensions in the rest',
    async (python) => {
      await using inner = Dict();
      const times = [0, 1.5e12, 1_234_567_890_123, 2 ** 33 * 1000, -1];
      const rows = [times.map((time) => new Date(time)), [undefined], [new Map(), 1]];
      await Msgpack(inner).append(rows.map((row, i) => [i, row]));
      for (const i of rows.keys()) writeFileSync(join(path, String(i)), await inner.get(i));
      const printed = python(
        `
import json, msgpack, os, sys
rows = [msgpack.unpackb(open(os.path.join(sys.argv[1], str(i)), 'rb').read()[8:], raw=False) for i in range(3)]
print(json.dumps([
    [round(time.to_unix() * 1000) for time in rows[0]],
    [[value.code, list(value.data)] for value in rows[1]],
    [value.code for value in rows[2]],
]))
`,
        path,
      );
      expect(JSON.parse(printed)).toEqual([times, [[0, [0]]], [0x53]]);
    },
  );
});
