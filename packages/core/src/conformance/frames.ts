import { expect } from '@jest/globals';
import fc from 'fast-check';
import { CorruptError, SchemaError } from '../errors.js';
import { FRAME_HEADER_BYTES, frame, splitFrames } from '../frame.js';
import type { Store } from '../store.js';
import type { Group } from './group.js';
import { checkProperty } from './property.js';
import { ReferenceStore } from './reference.js';
import { expectNamed, rejection } from './rejection.js';
import { collect, type Trial } from './trial.js';
import { pseudoRandomBytes } from './values.js';

/** A layer that stores frames: bad ones are errors that say where, whatever is wrong with them. */
export const frames: Group = {
  name: 'frames',
  needs: ['layer', 'framed'],
  everyState: false,
  cases: {
    'hold one value of an append each, in order': async (trial) => {
      const { inner, store } = wrapped(trial);
      await store.append({ a: trial.value(1) });
      await store.append({ a: trial.value(2), b: trial.value(3) });
      expect(splitFrames(await inner.get('a'), 'a').length).toBe(2);
      expect(splitFrames(await inner.get('b'), 'b').length).toBe(1);
      await store.close();
    },

    'that are cut anywhere are a CorruptError of key and frame': async (trial) => {
      const { inner, store } = wrapped(trial);
      await store.append({ a: trial.value(1) });
      const first = (await inner.get('a')).length;
      await store.append({ a: trial.value(2) });
      const whole = Uint8Array.from(await inner.get('a'));
      for (let length = 1; length < whole.length; length++) {
        await inner.set({ a: whole.subarray(0, length) });
        if (length === first) {
          trial.expectJoin(await store.get('a'), [1]);
          continue;
        }
        const index = length < first ? 0 : 1;
        await expectCorrupt(() => store.get('a'), 'a', index);
        await expectCorrupt(() => collect(store.stream('a')), 'a', index);
      }
      await store.close();
    },

    'of an impossible length are a CorruptError, and take no memory': async (trial) => {
      const { inner, store } = wrapped(trial);
      for (const byte of [3, 4, 5, 6, 7]) {
        const lying = frame(pseudoRandomBytes(1, 100));
        lying[byte] = 0x7f;
        await inner.set({ a: lying });
        await expectCorrupt(() => store.get('a'), 'a', 0);
        await expectCorrupt(() => collect(store.stream('a')), 'a', 0);
      }
      await store.close();
    },

    'that cannot be decoded stay where they are when they are popped': async (trial) => {
      const { inner, store } = wrapped(trial);
      await store.append({ a: trial.value(1), b: trial.value(2) });
      const torn = (await inner.get('b')).slice(0, -1);
      await inner.set({ b: torn });
      await expectCorrupt(() => store.pop(['a', 'b']), 'b', 0);
      expect(Array.from(await inner.get('b'))).toEqual(Array.from(torn));
      trial.expectJoin(await store.pop('a'), [1]);
      await store.close();
    },

    'with any bytes inside are decoded or a CorruptError, without delay': async (trial) => {
      const { inner, store } = wrapped(trial);
      const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 3 });
      await checkProperty(trial.runs * 4, payloads, async (some) => {
        await inner.set({ 'a key': Buffer.concat(some.map(frame)) });
        await expectDecodedOrCorrupt(store, 'a key');
      });
      await store.close();
    },

    'with a byte or a few changed are decoded or a CorruptError': async (trial) => {
      const { inner, store } = wrapped(trial);
      await store.append({ a: trial.values.join([1, 2, 3].map((seed) => trial.value(seed))) });
      await store.append({ a: trial.value(4) });
      const whole = Uint8Array.from(await inner.get('a'));
      const changes = fc.array(
        fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 })),
        {
          minLength: 1,
          maxLength: 3,
        },
      );
      await checkProperty(trial.runs * 4, changes, async (bytes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, flips] of bytes) damaged[at] = (damaged[at] as number) ^ flips;
        await inner.set({ a: damaged });
        await expectDecodedOrCorrupt(store, 'a');
      });
      await store.close();
    },

    'made by another layer, or none, are a CorruptError or another value, never a hang': async (
      trial,
    ) => {
      const { inner, store } = wrapped(trial);
      const foreign = [
        '',
        'plain text that somebody appended',
        '{"json": true}',
        '\0\0\0\0\0\0\0\0',
        'PK\x03\x04',
      ];
      for (const text of foreign) {
        await inner.set({ a: Buffer.from(text) });
        await expectDecodedOrCorrupt(store, 'a');
      }
      await inner.set({ a: Buffer.from('plain text that somebody appended') });
      await expectCorrupt(() => store.get('a'), 'a', 0);
      await store.close();
    },

    'come whole to a stream that gets them byte by byte': async (trial) => {
      const { inner, store } = wrapped(trial);
      for (const seed of [1, 2, 3]) await store.append({ a: trial.value(seed) });
      expect((await inner.get('a')).length).toBeGreaterThan(3 * FRAME_HEADER_BYTES);
      const parts = await collect(store.stream('a'));
      expect(parts.length).toBe(3);
      for (const [i, part] of parts.entries()) trial.expectJoin(part, [i + 1]);
      await store.close();
    },
  },
};

/** A store that streams a byte at a time. */
class Dripping extends ReferenceStore {
  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    const value = this.values.get(key) ?? new Uint8Array(0);
    for (let i = 0; i < value.length; i++) yield value.subarray(i, i + 1);
  }
}

function wrapped<V>(trial: Trial<V>): { inner: Store; store: Store<V> } {
  const inner = new Dripping();
  return { inner, store: trial.layer(inner) };
}

async function expectCorrupt(
  call: () => Promise<unknown>,
  key: string,
  index: number,
): Promise<void> {
  const error = await rejection(call);
  expect(error).toBeInstanceOf(CorruptError);
  expect(error).toMatchObject({
    name: 'CorruptError',
    code: 'SPILLWAY_CORRUPT',
    key,
    frame: index,
  });
  expectNamed(error as CorruptError, key);
  expect((error as CorruptError).message).toContain(`frame ${index}`);
}

async function expectDecodedOrCorrupt(store: Store<unknown>, key: string): Promise<void> {
  for (const read of [() => store.get(key), () => collect(store.stream(key))]) {
    try {
      await read();
    } catch (error) {
      // Frames may be whole and not fit each other.
      if (error instanceof SchemaError) expect(error).toMatchObject({ key });
      else {
        expect(error).toBeInstanceOf(CorruptError);
        expect(error).toMatchObject({ key, frame: expect.any(Number) });
      }
    }
  }
}
