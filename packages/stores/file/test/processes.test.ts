import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { File } from '../src/index.js';

/**
 * What is appended here are records, so that torn, lost or mixed ones show: a length, the writer's number,
 * a count, and as many bytes of the writer's number as make the length.
 */
const PRELUDE = `
  import { File } from '${new URL('../dist/index.js', import.meta.url).href}';
  import { writeSync } from 'node:fs';
  const [directory, me] = [process.argv[1], Number(process.argv[2])];
  const store = File(directory);
  const record = (count, length) => {
    const bytes = Buffer.alloc(length, me);
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt32LE(me, 4);
    bytes.writeUInt32LE(count, 8);
    return bytes;
  };
  const say = (line) => writeSync(1, line + '\\n');
  const batch = (count, keys, length) =>
    Array.from({ length: keys }, (_, i) => ['k' + i + (i % 3 ? '/deep' : ''), record(count, length)]);
`;

interface Writer {
  readonly process: ChildProcess;
  /** What it has said, by line. */
  lines(): string[];
  readonly exit: Promise<number | null>;
}

describe('File, shared by processes', () => {
  let directory: string;
  let writers: Writer[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    writers = [];
  });

  afterEach(async () => {
    for (const { process, exit } of writers) {
      process.kill('SIGKILL');
      await exit;
    }
    rmSync(directory, { recursive: true });
  });

  /** Starts a process that runs `script`, with the number `me`. */
  const start = (me: number, script: string, path = directory): Writer => {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', PRELUDE + script, path, String(me)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const writer = {
      process: child,
      lines: () => said.split('\n').filter(Boolean),
      exit: once(child, 'close').then(([code]) => code as number | null),
    };
    writers.push(writer);
    return writer;
  };

  const keys = Array.from({ length: 12 }, (_, i) => `k${i}${i % 3 ? '/deep' : ''}`);

  it('loses no append, and lets none into another', async () => {
    const rounds = 60;
    const all = [1, 2, 3].map((me) =>
      start(
        me,
        `for (let i = 0; i < ${rounds}; i++) {
           const sent = store.append(batch(i, 12, 13 + ((i * 7919) % 100_000)));
           if (i % 3) await sent;
         }
         await store.close();`,
      ),
    );
    expect(await Promise.all(all.map(({ exit }) => exit))).toEqual([0, 0, 0]);
    await using store = File(directory);
    for (const value of await store.get(keys)) {
      const counts = recordsByWriter(value);
      for (const me of [1, 2, 3]) expect(counts.get(me)).toEqual(upTo(rounds));
    }
  });

  it('pops, sets and deletes beside appends, each byte once', async () => {
    const rounds = 80;
    const appenders = [1, 2].map((me) =>
      start(
        me,
        `for (let i = 0; i < ${rounds}; i++) await store.append(batch(i, 12, 500));
         await store.close();`,
      ),
    );
    await using store = File(directory);
    const popped = keys.map(() => [] as Uint8Array[]);
    let over = false;
    const ends = Promise.all(appenders.map(({ exit }) => exit)).finally(() => {
      over = true;
    });
    for (let i = 0; !over; i++) {
      const some = keys.slice(i % 12, (i % 12) + 3);
      const values = await store.pop(some);
      for (const [j, key] of some.entries()) {
        popped[keys.indexOf(key)]?.push(values[j] as Uint8Array);
      }
      await store.set({ beside: Buffer.from(String(i)) });
      await store.delete('beside');
      await sleep(2);
    }
    expect(await ends).toEqual([0, 0]);
    const left = await store.get(keys);
    keys.forEach((_, i) => {
      const counts = recordsByWriter(Buffer.concat([...(popped[i] ?? []), left[i] as Uint8Array]));
      for (const me of [1, 2]) expect(counts.get(me)).toEqual(upTo(rounds));
    });
  });

  it('drops while others append, and what they append next is there', async () => {
    const others = [1, 2].map((me) =>
      start(
        me,
        `for (let i = 0; ; i++) {
           await store.append(batch(i, 12, 200));
           say(i);
         }`,
      ),
    );
    await using store = File(directory);
    while (others.some((other) => other.lines().length === 0)) await sleep(5);
    for (let i = 0; i < 20; i++) {
      await store.drop();
      const begun = others.map((other) => other.lines().length);
      while (others.some((other, j) => other.lines().length < (begun[j] as number) + 3))
        await sleep(1);
    }
    await store.exclusive(async (held) => {
      await sleep(50);
      for (const value of await held.get(keys)) {
        const counts = recordsByWriter(value);
        others.forEach((other, i) => {
          // From some count on, without a gap, up to the last one acknowledged and perhaps one more.
          const of = counts.get(i + 1) as number[];
          const last = other.lines().length - 1;
          expect(of).toEqual(Array.from(of, (_, j) => (of[0] as number) + j));
          expect([last, last + 1]).toContain(of.at(-1));
        });
      }
    });
  });

  it('goes on when processes are killed at any moment, with all that was acknowledged', async () => {
    const script = `
      for (let i = 0; ; i++) {
        await store.append(batch(i, 12, 3000));
        say(i);
        if (i % 10 === me) await store.exclusive((held) => held.set({ ['own' + me]: record(i, 100) }));
        if (i % 10 === me + 3) await store.delete('own' + me);
      }`;
    const killed: Writer[] = [];
    for (let round = 0; round < 6; round++) {
      const pair = [1, 2].map((i) => start(round * 2 + i, script));
      while (pair.some((writer) => writer.lines().length < 5)) await sleep(5);
      await sleep(Math.round(round * 3.7));
      for (const writer of pair) {
        writer.process.kill('SIGKILL');
        await writer.exit;
        killed.push(writer);
      }
    }
    await using store = File(directory, { lockTimeout: 5000 });
    for (const value of await store.get(keys)) {
      // The system may cut off the write of a process that is killed; of that, nothing was acknowledged.
      const counts = recordsByWriter(value, killed.length);
      killed.forEach((writer, i) => {
        const acknowledged = writer.lines().length;
        expect(counts.get(i + 1)?.slice(0, acknowledged)).toEqual(upTo(acknowledged));
      });
    }
    await store.drop();
    await store.append({ a: Buffer.from('usable') });
    expect(Buffer.from(await store.get('a')).toString()).toBe('usable');
  });

  it('takes a batch out again that a full disk refused, and nothing of the others’', async () => {
    const disk = join(directory, 'disk');
    if (!mountSmall(disk)) return;
    try {
      // One writes more than there is room for, again and again; two others write a little.
      const large = start(
        1,
        `let failed = 0;
         for (let i = 0; failed < 25; ) {
           try {
             await store.append(batch(i, 12, i % 2 ? 400_000 : 60_000));
             say(i++);
           } catch (error) {
             if (error.code !== 'ENOSPC' || !(error.wanted > 0)) throw error;
             failed++;
             if (failed % 5 === 0) await store.pop(['k0', 'k3', 'k6']);
             i++;
           }
         }
         await store.close();`,
        disk,
      );
      const small = [2, 3].map((me) =>
        start(
          me,
          `let over = false;
           process.once('SIGTERM', () => (over = true));
           for (let i = 0; !over; ) {
             try {
               await store.append(batch(i, 12, 300 + me));
               say(i++);
             } catch (error) {
               if (error.code !== 'ENOSPC') throw error;
               await new Promise((resolve) => setTimeout(resolve, 5));
             }
           }
           await store.close();`,
          disk,
        ),
      );
      expect(await large.exit).toBe(0);
      for (const { process, exit } of small) {
        process.kill('SIGTERM');
        expect(await exit).toBe(0);
      }
      const store = File(disk);
      try {
        for (const key of keys.filter((name) => !['k0', 'k3', 'k6'].includes(name))) {
          const counts = recordsByWriter(await store.get(key));
          const acknowledged = large.lines().map(Number);
          expect(counts.get(1) ?? []).toEqual(acknowledged);
          small.forEach((writer, i) => {
            const last = writer.lines().length;
            const of = counts.get(i + 2) ?? [];
            expect(of).toEqual(upTo(last));
          });
        }
      } finally {
        await store.close();
      }
    } finally {
      for (const { process, exit } of writers) {
        process.kill('SIGKILL');
        await exit;
      }
      execFileSync('umount', [disk]);
    }
  });
});

/**
 * The counts of each writer's records, in the order they are in. Throws when more records than `cut` are
 * not whole.
 */
function recordsByWriter(value: Uint8Array, cut = 0): Map<number, number[]> {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const counts = new Map<number, number[]>();
  let tolerated = cut;
  for (let at = 0; at < bytes.length; ) {
    if (isRecord(bytes, at)) {
      const writer = bytes.readUInt32LE(at + 4);
      counts.set(writer, [...(counts.get(writer) ?? []), bytes.readUInt32LE(at + 8)]);
      at += bytes.readUInt32LE(at);
      continue;
    }
    if (tolerated-- === 0)
      throw new Error(`the record at ${at} of ${bytes.length} bytes is not whole`);
    do at++;
    while (at < bytes.length && !isRecord(bytes, at));
  }
  return counts;
}

function isRecord(bytes: Buffer, at: number): boolean {
  if (at + 12 > bytes.length) return false;
  const [length, writer] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
  if (length < 12 || at + length > bytes.length) return false;
  return bytes.subarray(at + 12, at + length).every((byte) => byte === writer);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function mountSmall(path: string): boolean {
  try {
    execFileSync('mkdir', ['-p', path]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'spillway', path], { stdio: 'pipe' });
    return true;
  } catch (cause) {
    if (process.env.REQUIRE_PEERS === '1') {
      throw new Error('this case mounts a small file system, which is not allowed', { cause });
    }
    console.warn('not run, for want of the right to mount a small file system');
    return false;
  }
}
