import { describe, expect, it } from '@jest/globals';
import { type Awaitable, type Batch, Layer, PackedBatch, type Spec } from '@spillway/core';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';
import { Dict } from '../src/index.js';

/** Appends batches as they come, as a server does. */
class Receiver extends Layer<Uint8Array> {
  constructor(store: ReturnType<typeof Dict>) {
    super('Receiver', store);
  }

  override spec(): Spec {
    return this.innerSpec();
  }

  receive(batch: Batch<Uint8Array>): Awaitable<void> {
    return this._append(batch);
  }

  protected override _append(batch: Batch<Uint8Array>): Awaitable<void> {
    return this.inner._append(batch);
  }

  protected override _get(keys: readonly string[]): Awaitable<Uint8Array[]> {
    return this.inner._get(keys);
  }
}

/** Values as a message has them, at an odd place of its memory. */
function pack(keys: readonly string[], values: readonly Uint8Array[]): PackedBatch {
  const bytes = Buffer.concat([Buffer.alloc(5 + 4 * values.length), ...values]);
  const memory = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  values.forEach((value, i) => {
    memory.setUint32(5 + 4 * i, value.length, true);
  });
  return new PackedBatch(keys, { memory, lengthsAt: 5, valuesAt: 5 + 4 * values.length });
}

const size = fc.oneof(
  fc.nat(400),
  fc.constantFrom(0, 191, 192, 193, 32_767, 32_768, 70_000, 1_100_000),
);
const batch = fc.record({
  kind: fc.constantFrom('appended', 'packed', 'owned'),
  entries: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), size), { maxLength: 8 }),
});

describe('Dict', () => {
  it('holds what comes in any kind of batch, in no more than half as much memory again', async () => {
    await checkProperty(60, fc.array(batch, { maxLength: 25 }), async (batches) => {
      await using store = Dict();
      const receiver = new Receiver(store);
      const model = new Map(['a', 'b', 'c'].map((key) => [key, [] as Uint8Array[]]));
      let filler = 1;
      for (const { kind, entries } of batches) {
        const keys = entries.map(([key]) => key);
        const values = entries.map(([, length]) => new Uint8Array(length).fill(filler++));
        entries.forEach(([key], i) => {
          model.get(key)?.push((values[i] as Uint8Array).slice());
        });
        if (kind === 'packed') await receiver.receive(pack(keys, values));
        else await receiver.receive({ keys, values, owned: kind === 'owned' });
        // What was not given away is the caller's again.
        if (kind === 'appended') for (const value of values) value.fill(0);
      }
      let held = 0;
      for (const pieces of model.values()) for (const { length } of pieces) held += length;
      expect(store.memory).toBeLessThan(1.5 * held + 3 * 1024);
      for (const [key, pieces] of model)
        expect(Buffer.compare(await store.get(key), Buffer.concat(pieces))).toBe(0);
    });
  });

  it('keeps large values that are given away as they are, and copies views of something larger', async () => {
    await using store = Dict();
    const receiver = new Receiver(store);
    const value = new Uint8Array(100_000).fill(1);
    const view = new Uint8Array(200_000).fill(2).subarray(0, 100_000);
    await receiver.receive({ keys: ['value', 'view'], values: [value, view], owned: true });
    expect((await store.get('value')).buffer).toBe(value.buffer);
    expect((await store.get('view')).buffer).not.toBe(view.buffer);
    await receiver.receive({ keys: ['value'], values: [value.slice()] });
    expect((await store.get('value')).length).toBe(200_000);
    expect(value).toEqual(new Uint8Array(100_000).fill(1));
  });
});
