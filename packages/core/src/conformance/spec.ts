import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import { formatSpec, parseSpec } from '../spec.js';
import type { Group } from './group.js';
import { expectClosed } from './rejection.js';

/** `String(store)`: its spec. */
export const spec: Group = {
  name: 'spec',
  cases: {
    'is text that parses to itself': async (trial) => {
      const store = await trial.open();
      const text = String(store);
      expect(parseSpec(text)).toEqual(JSON.parse(JSON.stringify(store.spec())));
      expect(formatSpec(parseSpec(text))).toBe(text);
      expect(inspect(store)).toBe(text);
      expect(text).not.toContain('undefined');
    },

    'stays the same while the store is used, held and closed': async (trial) => {
      const store = await trial.open();
      const text = String(store);
      await store.append({ a: trial.value(1) });
      await store.exclusive((held) => expect(String(held)).toBe(text));
      await store.close();
      expect(String(store)).toBe(text);
    },

    'is in the message of a ClosedError': async (trial) => {
      const store = await trial.open();
      await store.close();
      await expectClosed(() => store.get('a'));
      await expect(store.get('a')).rejects.toThrow(String(store));
    },
  },
};

/** `open(spec)`: an equal handle. */
export const open: Group = {
  name: 'open',
  needs: ['open'],
  everyState: false,
  cases: {
    'gives a store of the same spec, which works': async (trial) => {
      const store = await trial.open();
      const opened = trial.keep(
        await (trial.options.open as NonNullable<typeof trial.options.open>)(String(store)),
      );
      expect(String(opened)).toBe(String(store));
      expect(opened.holdsBytes).toBe(store.holdsBytes);
      await opened.append({ 'of its own': trial.value(1) });
      trial.expectJoin(await opened.get('of its own'), [1]);
    },
  },
};
