import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { ClosedError, ConnectionError, UnknownOutcomeError } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '@spillway/server';
import { Client } from '../src/index.js';
import { Program } from './process.js';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();

describe('worker threads', () => {
  leakFixture(async () => (await Server(Dict())).close());

  it('share a server of their process, and end in any way without taking the process down', async () => {
    await using program = new Program(process.execPath, 'threads.js');
    const lines: string[] = [];
    for (let i = 0; i < 10; i++) lines.push(await program.line());
    expect(
      lines
        .slice(0, 10)
        .sort()
        .filter((line) => line.startsWith('did ')),
    ).toHaveLength(8);
    expect(lines.slice(8)).toEqual(['all there', 'end']);
    expect(await program.ended()).toBe(0);
  });

  it('may be killed where the process is kept alive by a call only', async () => {
    await using program = new Program(process.execPath, 'waits.js');
    expect(await program.line()).toBe('got 3');
    expect(await program.ended()).toBe(0);
  });
});

describe('a client of a message port', () => {
  leakFixture(async () => (await Server(Dict())).close());

  it('carries values of all sizes, and the caller keeps its memory', async () => {
    const served = Dict();
    await using server = await Server(served);
    const { port1, port2 } = new MessageChannel();
    server.connect(port1);
    await using store = Client(port2);
    for (const length of [0, 1, 4095, 4096, 65_536, 5_000_000]) {
      const value = Buffer.alloc(length, 'abc');
      await store.append({ [`of ${length}`]: value });
      expect(value.length).toBe(length);
      for (let again = 0; again < 2; again++)
        expect(Buffer.compare(await store.get(`of ${length}`), value)).toBe(0);
    }
    expect(server.stats()).toMatchObject({ clients: 1 });
    await store.exclusive(async (held) => held.append({ a: bytes('1') }));
    expect(text(await store.pop('a'))).toBe('1');
    const keys: string[] = [];
    for await (const key of store.keys('of 4')) keys.push(key);
    expect(keys.sort()).toEqual(['of 4095', 'of 4096']);
  });

  it('is told that the other end is gone, once for all', async () => {
    const server = await Server(Dict());
    const { port1, port2 } = new MessageChannel();
    server.connect(port1);
    await using store = Client(port2);
    await store.append({ a: bytes('1') });
    port1.close();
    await once(port1, 'close');
    await sleep(10);
    await expect(store.get('a')).rejects.toThrow(ConnectionError);
    await expect(store.append({ a: bytes('2') })).rejects.toThrow(ConnectionError);
    await server.close();
  });

  it('does not know what became of changes when the other end goes', async () => {
    const server = await Server(Dict());
    const { port1, port2 } = new MessageChannel();
    server.connect(port1);
    const store = Client(port2);
    await store.append({ a: bytes('1') });
    const append = store.append({ a: bytes('2') });
    port1.close();
    await expect(append).rejects.toThrow(UnknownOutcomeError);
    await store.close();
    await expect(store.get('a')).rejects.toThrow(ClosedError);
    await server.close();
  });
});
