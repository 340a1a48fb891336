import { expect } from '@jest/globals';
import { LockError } from '../errors.js';
import type { Group } from './group.js';
import { rejection } from './rejection.js';

/** How long the handle that is kept waiting waits, in milliseconds. */
const PATIENCE = 150;

/** A lock that is not to be had in time is an error that names who has it. */
export const locks: Group = {
  name: 'locks',
  needs: ['persistent'],
  everyState: false,
  cases: {
    'that are held too long are a LockError naming the holder': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      await store.append({ a: trial.value(1) });
      await store.flush();
      const other = await trial.persistent(path, { lockTimeout: PATIENCE });
      await store.exclusive(async (held) => {
        for (const call of [
          () => other.exclusive(() => 'ran'),
          () => other.set({ a: trial.value(2) }),
          () => other.append({ a: trial.value(2) }),
          () => other.get('a'),
        ]) {
          const error = await rejection(call);
          expect(error).toBeInstanceOf(LockError);
          expect(error).toMatchObject({ code: 'SPILLWAY_LOCK', timeout: PATIENCE });
          const { holder, message } = error as LockError;
          expect(holder).toContain(String(process.pid));
          expect(message).toContain(holder);
        }
        await trial.expectContents(held, { a: [1] });
      });
      await other.append({ a: trial.value(3) });
      await other.flush();
      await trial.expectContents(store, { a: [1, 3] });
    },

    'that are held a little are waited for': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      const other = await trial.persistent(path, { lockTimeout: 20_000 });
      let done = false;
      let appended: Promise<boolean> | undefined;
      await store.exclusive(async (held) => {
        appended = other.append({ a: trial.value(2) }).then(() => done);
        await held.append({ a: trial.value(1) });
        await new Promise((resolve) => setTimeout(resolve, PATIENCE));
        done = true;
      });
      expect(await appended).toBe(true);
      await other.flush();
      await trial.expectContents(store, { a: [1, 2] });
    },
  },
};
