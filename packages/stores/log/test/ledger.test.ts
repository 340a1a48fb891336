import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Encode, joinBytes, type Ledger, type Primitives, Store } from '@spillway/core';
import { Log } from '../src/index.js';
import { copyOf, directory } from './place.js';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();

/** What a server sees of a store. */
abstract class Behind extends Store {
  static primitives(store: Store): Primitives<Uint8Array> & { readonly ledger: Ledger } {
    return Store.behind(store).primitives as Primitives<Uint8Array> & { readonly ledger: Ledger };
  }
}

const append = (store: Store, sender: string, sequence: number, value = `${sequence},`) =>
  Behind.primitives(store)._append({
    keys: ['a'],
    values: [bytes(value)],
    origin: { sender, sequence },
  });

const ledgerOf = (store: Store) => Behind.primitives(store).ledger;

describe('the ledger of a log', () => {
  it('is in the records of its batches: at any cut, a batch and its sequence are there or neither', async () => {
    const path = directory();
    const log = Log(path);
    for (const sequence of [3, 4, 7]) await append(log, 'x', sequence);
    const name = readdirSync(path).find((file) => file.endsWith('.log')) as string;
    const died = copyOf(path);
    await log.close();
    const { length } = readFileSync(join(died, name));
    const seen = new Set<string>();
    for (let cut = 64; cut <= length; cut += 5) {
      const copy = copyOf(died);
      truncateSync(join(copy, name), Math.min(cut, length));
      const again = Log(copy);
      const applied = await ledgerOf(again).applied('x');
      expect(text(await again.get('a'))).toBe(applied.map((one) => `${one},`).join(''));
      seen.add(applied.join());
      await again.close();
    }
    expect([...seen]).toEqual(['', '3', '3,4']);
  });

  it('tells senders apart, and settles what nobody will ask for', async () => {
    const path = directory();
    const log = Log(path);
    for (let sequence = 1; sequence <= 5; sequence++) await append(log, 'x', sequence);
    await append(log, 'y', 2);
    await ledgerOf(log).settle('x', 3);
    await log.close();
    const again = Log(path);
    const ledger = ledgerOf(again);
    expect(await ledger.applied('x')).toEqual([4, 5]);
    expect(await ledger.applied('y')).toEqual([2]);
    expect(await ledger.applied('z')).toEqual([]);
    await ledger.settle('x', 5);
    await ledger.settle('z', 5);
    expect(await ledger.senders()).toEqual(['y']);
    expect(text(await again.get('a'))).toBe('1,2,3,4,5,2,');
    await again.close();
  });

  it('is not among the keys and entries', async () => {
    const log = Log(directory());
    await append(log, 'x', 1);
    const keys: string[] = [];
    for await (const key of log.keys()) keys.push(key);
    for await (const [key] of log.entries()) keys.push(key);
    expect(keys).toEqual(['a', 'a']);
    await log.close();
  });

  it('outlives compaction, and a drop by the log that keeps it', async () => {
    const path = directory();
    const log = Log(path, { segmentBytes: 1000 });
    for (let sequence = 1; sequence <= 50; sequence++) {
      await append(log, 'x', sequence, 'v'.repeat(100));
      await log.delete('a');
    }
    await log.compact();
    expect((await ledgerOf(log).applied('x')).length).toBe(50);
    await log.drop();
    expect(await log.has('a')).toBe(false);
    await log.close();
    const again = Log(path);
    expect((await ledgerOf(again).applied('x')).length).toBe(50);
    await again.close();
  });

  it('is kept through layers that encode', async () => {
    const copy = (value: Uint8Array) => value;
    const codec = { name: 'Copy', encode: copy, decode: copy, join: joinBytes };
    const layer = Encode(codec, Log(directory()));
    await append(layer, 'x', 1);
    await append(layer, 'x', 2);
    expect(await ledgerOf(layer).applied('x')).toEqual([1, 2]);
    await layer.close();
  });
});
