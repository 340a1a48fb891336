import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leakFixture, leaksBetween, leaksSince, takeCensus } from '@spillway/core/conformance';

/** How long to wait for a leak to go that is there to stay, in milliseconds. */
const SHORT = 30;

const outer = process.env.SPILLWAY_TMPDIR;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spillway-leaks-test-'));
  process.env.SPILLWAY_TMPDIR = directory;
  // Starts the pool of threads that Node keeps for files.
  await Promise.all(
    [1, 2, 3, 4].map(() => open(import.meta.filename).then((file) => file.close())),
  );
});

afterAll(async () => {
  if (outer === undefined) delete process.env.SPILLWAY_TMPDIR;
  else process.env.SPILLWAY_TMPDIR = outer;
  await rm(directory, { recursive: true });
});

describe('The leak fixture finds', () => {
  it('an open file', async () => {
    const before = await takeCensus();
    const fd = openSync(import.meta.filename, 'r');
    expect(await leaksSince(before, SHORT)).toEqual([`1 descriptors: ${import.meta.filename}`]);
    closeSync(fd);
    expect(await leaksSince(before)).toEqual([]);
  });

  it('a timer', async () => {
    const before = await takeCensus();
    const timer = setTimeout(() => {}, 60_000);
    expect(await leaksSince(before, SHORT)).toEqual(['1 handles: Timeout']);
    clearTimeout(timer);
    expect(await leaksSince(before)).toEqual([]);
  });

  it('a server', async () => {
    const before = await takeCensus();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect((await leaksSince(before, SHORT)).join()).toMatch(/TCPServerWrap|TCPSERVERWRAP/i);
    server.close();
    expect(await leaksSince(before)).toEqual([]);
  });

  it('a thread', async () => {
    const before = await takeCensus();
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(worker, 'online');
    expect((await leaksSince(before, SHORT)).join()).toMatch(/threads/);
    await worker.terminate();
    expect(await leaksSince(before)).toEqual([]);
  });

  it('a process', async () => {
    const before = await takeCensus();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    expect((await leaksSince(before, SHORT)).join()).toMatch(/ProcessWrap/i);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await leaksSince(before)).toEqual([]);
  });

  it('a temporary file', async () => {
    const before = await takeCensus();
    const path = join(directory, 'store');
    await writeFile(path, 'bytes');
    expect(await leaksSince(before, SHORT)).toEqual([`1 temporaries: ${path}`]);
    await rm(path);
    expect(await leaksSince(before)).toEqual([]);
  });

  it('what is more of a kind, by name, and not what is less', () => {
    const none = { descriptors: [], threads: ['node'], handles: ['Timeout'], temporaries: [] };
    const some = { ...none, handles: ['Timeout', 'Timeout', 'Pipe'], threads: [] };
    expect(leaksBetween(none, some)).toEqual(['2 handles: Timeout, Pipe']);
    expect(leaksBetween(some, none)).toEqual(['1 threads: node']);
    expect(leaksBetween(some, some)).toEqual([]);
  });
});

describe('Within the leak fixture', () => {
  leakFixture(() => {
    closeSync(openSync(import.meta.filename, 'r'));
  });

  it('temporary stores have a directory of their own', () => {
    expect(process.env.SPILLWAY_TMPDIR).not.toBe(directory);
    expect(process.env.SPILLWAY_TMPDIR).toMatch(/spillway-leaks-/);
  });

  it('what is closed again is no leak', async () => {
    const file = await open(import.meta.filename);
    await file.close();
    expect(readFileSync(import.meta.filename, 'utf8')).toContain('no leak');
  });
});

describe('After the leak fixture', () => {
  it('temporary stores go where they went before', () => {
    expect(process.env.SPILLWAY_TMPDIR).toBe(directory);
  });
});
