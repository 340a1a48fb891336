import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AuthError,
  ClosedError,
  ConnectionError,
  TimeoutError,
  UnknownOutcomeError,
} from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '@spillway/server';
import { Client } from '../src/index.js';
import { Program } from './process.js';
import { signal } from './signal.js';

const bytes = (text: string) => Buffer.from(text);
const node = process.execPath;

describe('a client', () => {
  let directory: string;

  leakFixture(async () => {
    await using server = await Server(Dict());
    await using store = Client(server.address);
    await store.append({ a: bytes('1') });
  });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'client-test-'));
  });

  afterAll(() => rm(directory, { recursive: true }));

  it('is its address, and what differs from the defaults', () => {
    expect(String(Client('ipc:///tmp/a'))).toBe('Client("ipc:///tmp/a")');
    expect(String(Client('ipc:///tmp/a', { timeout: 10_000 }))).toBe('Client("ipc:///tmp/a")');
    expect(String(Client('tcp://10.0.0.1:1', { timeout: 1, window: 2, insecure: true }))).toBe(
      'Client("tcp://10.0.0.1:1", {"timeout":1,"window":2,"insecure":true})',
    );
  });

  it('refuses addresses and options that make no sense', () => {
    expect(() => Client('shuffle.sock')).toThrow(ConnectionError);
    expect(() => Client('tcp://10.0.0.1:1')).toThrow(AuthError);
    expect(() => Client('ipc:///tmp/a', { timeout: 0 })).toThrow(TypeError);
    expect(() => Client('ipc:///tmp/a', { window: Number.NaN })).toThrow(TypeError);
  });

  it('that was never used closes without a server', async () => {
    await Client(`ipc://${directory}/nobody`).close();
  });

  it.each([['ipc'], ['tcp']])(
    'of nobody over %s fails within its timeout, naming the address',
    async (scheme) => {
      const address = scheme === 'ipc' ? `ipc://${directory}/nobody` : 'tcp://127.0.0.1:9';
      await using store = Client(address, { timeout: 300 });
      const outcomes = await Promise.allSettled([store.append({ a: bytes('1') }), store.get('a')]);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: {
            name: 'ConnectionError',
            address,
            timeout: 300,
            message: expect.stringContaining(address),
          },
        });
      }
    },
  );

  it('of something else fails within its timeout', async () => {
    const other = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const store = Client(`tcp://127.0.0.1:${port}`, { timeout: 500 });
    await expect(store.get('a')).rejects.toThrow(ConnectionError);
    await store.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it('waits for a server that starts within its timeout', async () => {
    const address = `ipc://${directory}/later.sock`;
    await using store = Client(address);
    const append = store.append({ a: bytes('1') });
    await sleep(200);
    const served = Dict();
    await using _ = await Server(served, { address });
    await append;
    expect(await served.has('a')).toBe(true);
  });

  it('has thousands of appends under way in their order', async () => {
    const served = Dict();
    await using server = await Server(served);
    await using store = Client(server.address, { window: 2000 });
    const appends = Array.from({ length: 5000 }, (_, i) =>
      store.append({ a: bytes(`${i},`), b: bytes('b') }),
    );
    const seen = store.get('a');
    await Promise.all(appends);
    const all = Array.from({ length: 5000 }, (_, i) => `${i},`).join('');
    expect(Buffer.from(await seen).toString()).toBe(all);
    expect((await store.get('b')).length).toBe(5000);
  });

  it.each([[0], [1], [65_535], [65_536], [2 ** 21], [2 ** 21 + 1], [7_654_321]])(
    'carries values of %d bytes both ways',
    async (length) => {
      await using server = await Server(Dict());
      await using store = Client(server.address, { window: 100_000 });
      const value = Buffer.alloc(length, 'abcdefghijk');
      const small = bytes('small');
      await store.append([
        ['x', small],
        ['a', value],
        ['y', small],
      ]);
      await store.set({ s: value });
      const [x, a, y, s] = await store.get(['x', 'a', 'y', 's']);
      expect([x, a, y, s].map((got) => got?.length)).toEqual([5, length, 5, length]);
      expect(Buffer.compare(a as Uint8Array, value)).toBe(0);
      expect(Buffer.compare(s as Uint8Array, value)).toBe(0);
      expect(Buffer.compare(await store.pop('a'), value)).toBe(0);
      expect(await store.has('a')).toBe(false);
    },
  );

  it('reads a stream no faster than its reader takes it', async () => {
    const served = Dict();
    await using server = await Server(served);
    await using store = Client(server.address);
    await served.append({ big: Buffer.alloc(40_000_000, 1) });
    let taken = 0;
    for await (const piece of store.stream('big')) {
      await sleep(5);
      // What may come ahead, one message, and what the signs of life take.
      expect(server.stats().bytesOut - taken).toBeLessThan(11 * 2 ** 20);
      taken += piece.length;
    }
    expect(taken).toBe(40_000_000);
  });

  it('lists many keys', async () => {
    const served = Dict();
    await using server = await Server(served);
    await using store = Client(server.address);
    const names = Array.from({ length: 12_345 }, (_, i) => `some/longer/prefix/${i}`);
    await store.append(names.map((name) => [name, bytes('1')]));
    await store.append({ other: bytes('1') });
    const seen: string[] = [];
    for await (const name of store.keys('some/')) seen.push(name);
    expect(seen.sort()).toEqual(names.sort());
  });

  it('reads all entries, small and large', async () => {
    const served = Dict();
    await using server = await Server(served);
    await using store = Client(server.address);
    const sizes = [
      0,
      5,
      2 ** 21,
      70_000,
      5_000_000,
      1,
      ...Array.from({ length: 3000 }, (_, i) => i),
    ];
    const given = sizes.map((size, i) => [`all/${i}`, Buffer.alloc(size, `${i},`)] as const);
    await served.append(given);
    await served.append({ other: bytes('1') });
    const seen = new Map<string, Uint8Array>();
    for await (const [key, value] of store.entries('all/')) seen.set(key, value);
    expect([...seen.keys()].sort()).toEqual(given.map(([key]) => key).sort());
    for (const [key, value] of given) {
      expect(Buffer.compare(seen.get(key) as Uint8Array, value)).toBe(0);
    }
  });

  it('need not read all entries', async () => {
    const served = Dict();
    await using server = await Server(served);
    await using store = Client(server.address);
    await served.append({ a: Buffer.alloc(20_000_000), b: bytes('1') });
    for await (const [key] of store.entries()) if (key === 'a') break;
    for await (const piece of store.stream('a')) if (piece.length > 0) break;
    expect(await store.has('b')).toBe(true);
  });

  it('stops the server', async () => {
    const served = Dict();
    const server = await Server(served);
    await using store = Client(server.address);
    await store.append({ a: bytes('1') });
    await store.closeServer();
    await server.closed;
    expect(served.closed).toBe(true);
  });

  it('goes on at a server that was started anew', async () => {
    const address = `ipc://${directory}/again.sock`;
    const first = await Server(Dict(), { address });
    await using store = Client(address);
    await store.append({ a: bytes('1') });
    await first.close();
    await using _ = await Server(Dict(), { address });
    // What it sent before it knew of the end could not be known to have been made; a question is asked again.
    expect(await store.has('a')).toBe(false);
    await store.append({ a: bytes('2') });
    expect(Buffer.from(await store.get('a')).toString()).toBe('2');
  });

  it('does not go on with exclusive work when the lock is lost', async () => {
    const address = `ipc://${directory}/lock.sock`;
    const first = await Server(Dict(), { address });
    await using store = Client(address);
    const second = Dict();
    const work = store.exclusive(async (held) => {
      await held.append({ a: bytes('1') });
      await first.close();
      await using _ = await Server(second, { address });
      await expect(held.append({ a: bytes('2') })).rejects.toThrow(ConnectionError);
      expect(await second.has('a')).toBe(false);
    });
    await expect(work).rejects.toThrow(ConnectionError);
  });

  it('whose server is killed fails what was under way, naming the address', async () => {
    await using server = new Program(node, 'serve.js');
    const address = await server.line();
    await using store = Client(address, { timeout: 500 });
    await store.append({ a: bytes('1') });
    await using waiting = Client(address, { timeout: 500 });
    await waiting.get('a');
    const [begun, begin] = signal();
    const held = store.exclusive(async () => {
      begin();
      await server.ended();
    });
    await begun;
    const calls = [waiting.append({ a: bytes('2') }), waiting.delete('a'), waiting.get('a')];
    await sleep(20);
    server.child.kill('SIGKILL');
    const lost = expect(held).rejects.toThrow(ConnectionError);
    const [append, remove, get] = await Promise.allSettled(calls);
    expect(append).toMatchObject({ reason: { name: 'UnknownOutcomeError', address } });
    // The gate kept these back until the append had ended; by then nobody served any more.
    expect(remove).toMatchObject({ reason: { address } });
    expect(get).toMatchObject({ reason: { address } });
    await lost;
    await expect(store.append({ a: bytes('3') })).rejects.toMatchObject({
      name: 'ConnectionError',
      address,
    });
  });

  it('of a server that hangs fails within its timeout', async () => {
    await using server = new Program(node, 'serve.js');
    const address = await server.line();
    await using store = Client(address, { timeout: 2000 });
    await store.append({ a: bytes('1') });
    server.child.kill('SIGSTOP');
    const [get, append] = await Promise.allSettled([
      store.get('a'),
      store.append({ a: bytes('2') }),
    ]);
    expect(get).toMatchObject({ reason: expect.any(TimeoutError) });
    expect(append).toMatchObject({ reason: expect.any(UnknownOutcomeError) });
    for (const { reason } of [get, append] as PromiseRejectedResult[])
      expect(reason.address).toBe(address);
    server.child.kill('SIGCONT');
    expect(Buffer.from(await store.get('a')).toString()).toMatch(/^12?$/);
  });

  it('does not take for silence that its own thread was held up', async () => {
    await using server = new Program(node, 'serve.js');
    await using store = Client(await server.line(), { timeout: 600 });
    const holdUp = () => {
      for (const end = performance.now() + 1500; performance.now() < end; );
    };
    // While it connects, and while it waits for an answer.
    for (const value of ['1', '2']) {
      const append = store.append({ a: bytes(value) });
      holdUp();
      await append;
    }
    expect(Buffer.from(await store.get('a')).toString()).toBe('12');
  });

  it('waits for a slow store, whose server still gives signs of life', async () => {
    await using server = await Server(Dict());
    await using store = Client(server.address, { timeout: 1000 });
    await using other = Client(server.address, { timeout: 1000 });
    let done = false;
    const [begun, begin] = signal();
    const work = store.exclusive(async () => {
      begin();
      await sleep(3000);
      done = true;
    });
    await begun;
    await other.append({ a: bytes('1') });
    expect(done).toBe(true);
    await work;
  });

  it('rejects what is under way when it is closed beneath a layer, and all later calls', async () => {
    await using server = await Server(Dict());
    const store = Client(server.address);
    await store.append({ a: bytes('1') });
    await store.close();
    await expect(store.get('a')).rejects.toThrow(ClosedError);
  });

  it('in several processes, each appends in its order, and ends by itself', async () => {
    const served = Dict();
    await using server = await Server(served);
    const names = ['one', 'two', 'three'];
    await Promise.all(
      names.map(async (name) => {
        await using program = new Program(node, 'append.js', server.address, name, '2000');
        expect(await program.line()).toBe('done');
        expect(await program.ended()).toBe(0);
      }),
    );
    const all = Array.from({ length: 2000 }, (_, i) => i);
    for (const name of names) {
      expect(Buffer.from(await served.get(name)).toString()).toBe(all.map((i) => `${i},`).join(''));
    }
    const shared = Buffer.from(await served.get('shared'))
      .toString()
      .split(';')
      .slice(0, -1);
    expect(shared.length).toBe(6000);
    for (const name of names) {
      expect(shared.filter((entry) => entry.startsWith(name))).toEqual(
        all.map((i) => `${name}:${i}`),
      );
    }
  });
});
