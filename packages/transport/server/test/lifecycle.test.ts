import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { ReplyKind, RequestKind, unpackError } from '@spillway/wire';
import { Server } from '../src/index.js';
import { Peer } from './peer.js';

const bytes = (text: string) => Buffer.from(text);
const append = (key: string, value: string) => ({
  columns: { keys: [key], values: [bytes(value)] },
});

describe('the lock of a server', () => {
  leakFixture(async () => (await Server(Dict())).close());

  it('is waited for as long as a client wants, whose error names the holder', async () => {
    await using server = await Server(Dict());
    await using holder = await Peer.welcomed(server.address, { name: 'process 1 on elsewhere' });
    await holder.ask(RequestKind.lock);
    expect((await holder.reply()).header.kind).toBe(ReplyKind.done);
    for (const kind of [RequestKind.lock, RequestKind.append, RequestKind.get] as const) {
      await using peer = await Peer.welcomed(server.address, { lockTimeout: 150 });
      const fields =
        kind === RequestKind.append
          ? append('a', '1')
          : kind === RequestKind.get
            ? { columns: { keys: ['a'] } }
            : {};
      await peer.ask(kind, fields);
      const { header, body } = await peer.reply();
      expect(header.kind).toBe(ReplyKind.error);
      expect(unpackError(body)).toMatchObject({
        name: 'LockError',
        holder: 'process 1 on elsewhere',
        timeout: 150,
      });
    }
    await holder.ask(RequestKind.unlock);
    await holder.reply();
    await using peer = await Peer.welcomed(server.address);
    await peer.ask(RequestKind.has, { columns: { keys: ['a'] } });
    const { body } = await peer.reply();
    expect(body.uint32()).toBe(0);
  });

  it('goes round: requests that waited come before the next holder', async () => {
    await using server = await Server(Dict());
    await using first = await Peer.welcomed(server.address);
    await using second = await Peer.welcomed(server.address);
    await using third = await Peer.welcomed(server.address);
    await first.ask(RequestKind.lock);
    await first.reply();
    await second.ask(RequestKind.lock);
    while (server.stats().queue === 0) await sleep(1);
    await third.ask(RequestKind.append, append('a', '1'));
    expect(await third.silentFor(50)).toBe(true);
    await first.ask(RequestKind.unlock);
    expect((await third.reply()).header.kind).toBe(ReplyKind.done);
    expect((await second.reply()).header.kind).toBe(ReplyKind.done);
    await second.ask(RequestKind.unlock);
    expect((await second.reply()).header.kind).toBe(ReplyKind.done);
  });

  it('is given up by a server that closes, after its holder', async () => {
    const server = await Server(Dict());
    await using holder = await Peer.welcomed(server.address);
    await using waiter = await Peer.welcomed(server.address);
    await holder.ask(RequestKind.lock);
    await holder.reply();
    await waiter.ask(RequestKind.append, append('a', '1'));
    while (server.stats().queue === 0) await sleep(1);
    const closing = server.close();
    expect((await waiter.reply()).header.kind).toBe(ReplyKind.done);
    await closing;
  });
});

describe('the figures of a server', () => {
  it('count what goes through it', async () => {
    await using server = await Server(Dict());
    expect(server.stats()).toEqual({
      clients: 0,
      bytesIn: 0,
      bytesOut: 0,
      queue: 0,
      queueBytes: 0,
      batches: 0,
      latency: { p50: 0, p90: 0, p99: 0, max: 0 },
    });
    await using peer = await Peer.welcomed(server.address);
    await using partd = new Peer(server.address);
    await partd.send('syn');
    await partd.receive();
    for (let i = 0; i < 10; i++) {
      await peer.ask(RequestKind.append, append('a', 'x'.repeat(1000)));
      await peer.reply();
    }
    await peer.ask(RequestKind.get, { columns: { keys: ['a'] } });
    await peer.reply();
    const { clients, bytesIn, bytesOut, queue, queueBytes, batches, latency } = server.stats();
    expect({ clients, queue, queueBytes, batches }).toEqual({
      clients: 2,
      queue: 0,
      queueBytes: 0,
      batches: 10,
    });
    expect(bytesIn).toBeGreaterThan(10_000);
    expect(bytesOut).toBeGreaterThan(10_000);
    expect(latency.p50).toBeGreaterThan(0);
    expect(latency.p99).toBeGreaterThanOrEqual(latency.p50);
    expect(latency.max).toBeGreaterThanOrEqual(latency.p99);
  });
});
