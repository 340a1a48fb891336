import { expect } from '@jest/globals';
import { Encode, joinBytes } from '../encode.js';
import type { Store } from '../store.js';
import { Chaos } from './chaos.js';
import type { Group } from './group.js';
import { Reference } from './reference.js';

const identity = {
  name: 'Identity',
  encode: (bytes: Uint8Array) => bytes,
  decode: (bytes: Uint8Array) => bytes,
  join: joinBytes,
};

/** What may wrap what. */
export const nesting: Group = {
  name: 'nesting',
  everyState: false,
  cases: {
    'a layer of bytes wraps it if it holds bytes, and is refused if it does not': async (trial) => {
      const store: Store<unknown> = await trial.open();
      const bytes = store as Store;
      if (!store.holdsBytes) {
        expect(() => Encode(identity, bytes)).toThrow(TypeError);
        expect(() => Encode(identity, bytes)).toThrow(
          `Identity wraps a store of bytes, and ${store}`,
        );
        return;
      }
      const wrapped = Encode(identity, bytes);
      expect(String(wrapped)).toBe(`Identity(${store})`);
      await wrapped.append({ a: new Uint8Array([1]) });
      await wrapped.append({ a: new Uint8Array([2, 3]) });
      expect(Array.from(await wrapped.get('a'))).toEqual([1, 2, 3]);
      const frames = [1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 2, 3];
      expect(Array.from(await bytes.get('a'))).toEqual(frames);
      await wrapped.close();
      expect(store.closed).toBe(true);
    },

    'a handle on a layer and one on what it wraps respect each other': async (trial) => {
      const store: Store<unknown> = await trial.open();
      if (!store.holdsBytes) return;
      const layer = Chaos(store as Store);
      let running = true;
      const outside = layer.append({ a: new Uint8Array([1]) });
      await outside;
      const waiting = await store.exclusive(async (held) => {
        const append = layer.append({ a: new Uint8Array([2]) }).then(() => running);
        await new Promise(setImmediate);
        expect((await (held as Store).get('a')).length).toBe(1);
        running = false;
        return { append };
      });
      expect(await waiting.append).toBe(false);
      expect(Array.from(await (store as Store).get('a'))).toEqual([1, 2]);
    },
  },
};

/** What a layer wraps. */
export const wrapping: Group = {
  name: 'wrapping',
  needs: ['layer'],
  everyState: false,
  cases: {
    'refuses what is no store': async (trial) => {
      const noStores = [
        undefined,
        null,
        7,
        'File("a")',
        {},
        { append() {}, get() {} },
        [],
        () => {},
        Map,
      ];
      for (const inner of noStores) expect(() => trial.layer(inner as never)).toThrow(TypeError);
    },

    'refuses a store of other values than bytes': async (trial) => {
      const text = Encode<string>(
        {
          name: 'Text',
          encode: (value) => Buffer.from(value),
          decode: (bytes) => Buffer.from(bytes).toString(),
          join: (values) => values.join(''),
        },
        trial.keep(Reference()),
      );
      expect(() => trial.layer(text as never)).toThrow(TypeError);
      expect(() => trial.layer(text as never)).toThrow('Text(Reference())');
    },

    'closes the store underneath with itself': async (trial) => {
      const inner = Reference();
      const layer = trial.layer(inner);
      await layer.append({ a: trial.value(1) });
      await layer.close();
      expect(inner.closed).toBe(true);
    },

    'is closed when the store underneath is': async (trial) => {
      const inner = Reference();
      const layer = trial.layer(inner);
      await inner.close();
      expect(layer.closed).toBe(true);
      await expect(layer.get('a')).rejects.toMatchObject({ code: 'SPILLWAY_CLOSED' });
    },
  },
};
