import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LockError } from '@spillway/core';
import { Log } from '@spillway/log';
import { Chest, type ChestMap, type ChestOptions } from '../src/index.js';
import { Program } from './program.js';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'spillway-chest-processes-'));
});
afterEach(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));

const kinds: { readonly [kind: string]: (options?: ChestOptions<unknown>) => ChestMap } = {
  files: (options) => Chest(path, options),
  log: ({ lockTimeout, ...options } = {}) =>
    Chest(undefined, {
      store: Log(path, lockTimeout === undefined ? {} : { lockTimeout }),
      ...options,
    }),
};

describe.each(Object.entries(kinds))('a Chest of %s that several processes use', (kind, open) => {
  it('loses nothing of what four write, and counts right', async () => {
    const programs = Array.from(
      { length: 4 },
      (_, i) => new Program(kind, path, 'fill', `p${i}`, 40),
    );
    for (const program of programs) expect(await program.line()).toBe('done');
    for (const program of programs) await program[Symbol.asyncDispose]();
    await using chest = open();
    expect(await chest.get('count')).toBe(160);
    expect(await chest.size).toBe(161);
    for (let p = 0; p < 4; p++) {
      for (let i = 0; i < 40; i++) {
        const value = { name: `p${p}`, i, filling: 'x'.repeat(i * 50) };
        expect(await chest.get([`p${p}`, i])).toEqual(value);
      }
    }
  });

  it('shows each what the others have flushed', async () => {
    await using program = new Program(kind, path, 'listen');
    expect(await program.line()).toBe('listening');
    await using chest = open();
    for (let i = 0; i < 30; i++) {
      const flushed = once(program.child, 'message');
      program.child.send(i);
      await flushed;
      expect(await chest.get('x')).toBe(i);
      expect(await chest.get('x')).toBe(i);
      expect(await chest.has('x')).toBe(true);
    }
    await chest.set('x', 'here');
    expect(await chest.get('x')).toBe('here');
  });

  it('has whole values, old or new, after one was killed, and goes on', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 6; round++) {
      const program = new Program(kind, path, 'rewrite');
      acknowledged = Number(await program.line());
      await sleep(3 + round * 7);
      acknowledged = Number((await program.kill()) ?? acknowledged);
      await using chest = open();
      for (let key = 0; key < 3; key++) {
        const value = (await chest.get(key)) as Uint8Array;
        const number = value[0] as number;
        expect([acknowledged % 256, (acknowledged + 1) % 256]).toContain(number);
        expect(Buffer.compare(value, new Uint8Array(200_000).fill(number))).toBe(0);
      }
      const keys = [];
      for await (const key of chest.keys()) keys.push(key);
      for (const key of keys) expect(await chest.has(key)).toBe(true);
      await chest.set('mine', round);
      await chest.flush();
      expect(await chest.update('rounds', (n) => ((n as number | undefined) ?? 0) + 1)).toBe(
        round + 1,
      );
      await chest.clear();
      await chest.set('rounds', round + 1);
    }
    if (kind === 'files') {
      // What the dead had begun to write was swept.
      expect(readdirSync(join(path, '%chest', 'new'))).toEqual([]);
      expect(existsSync(join(path, 'folder'))).toBe(false);
    }
  });

  it('takes over from one that was killed while it was alone', async () => {
    await using program = new Program(kind, path, 'hold');
    expect(await program.line()).toBe('held');
    await using impatient = open({ lockTimeout: 300 });
    const error = await impatient.update('held', () => 1).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LockError);
    expect((error as LockError).holder).toContain(`process ${program.child.pid} on `);
    await program.kill();
    await using chest = open();
    expect(await chest.update('held', (value) => [value])).toEqual([undefined]);
    expect(await chest.pop('held')).toEqual([undefined]);
  });
});
