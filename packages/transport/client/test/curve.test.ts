import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AuthError, ConnectionError } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '@spillway/server';
import { Client, type KeyPair, makeKeys } from '../src/index.js';
import { TcpProxy } from './proxy.js';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();

const ours = makeKeys();
const theirs = makeKeys();

const serve = (clients: readonly KeyPair[], address = 'tcp://127.0.0.1:*') =>
  Server(Dict(), {
    address,
    curve: { ...theirs, clients: clients.map(({ publicKey }) => publicKey) },
  });

const keysOf = (pair: KeyPair) => ({ ...pair, serverKey: theirs.publicKey });

describe('CURVE keys', () => {
  leakFixture(async () => {
    await using server = await serve([ours]);
    await using store = Client(server.address, { curve: keysOf(ours) });
    await store.append({ a: bytes('1') });
  });

  it.each([['tcp://127.0.0.1:*'], [undefined]])(
    'let the clients in that the server knows, at %s',
    async (address) => {
      const another = makeKeys();
      await using server = await serve([another, ours], address);
      await using store = Client(server.address, { curve: keysOf(ours) });
      await store.append({ a: bytes('1') });
      await using other = Client(server.address, { curve: keysOf(another) });
      expect(text(await other.get('a'))).toBe('1');
    },
  );

  it('keep strangers out of each of several servers, whose beginnings and ends overlap', async () => {
    const stranger = keysOf(makeKeys());
    for (let round = 0; round < 5; round++) {
      const servers = await Promise.all([serve([ours]), serve([ours]), serve([ours])]);
      await servers.pop()?.close();
      await Promise.all(
        servers.map(async (server) => {
          await using store = Client(server.address, { curve: stranger });
          await expect(store.has('a')).rejects.toThrow(AuthError);
          await server.close();
        }),
      );
    }
  });

  it('open addresses beyond this machine without insecure', async () => {
    await using server = await serve([ours], 'tcp://0.0.0.0:*');
    const port = server.address.split(':').at(-1);
    await using store = Client(`tcp://127.0.0.1:${port}`, { curve: keysOf(ours) });
    await store.append({ a: bytes('1') });
    expect(() => Client('tcp://10.0.0.1:1', { curve: keysOf(ours) })).not.toThrow();
    expect(() => Client('tcp://10.0.0.1:1')).toThrow(AuthError);
  });

  it('that the server does not know are an AuthError, not a timeout', async () => {
    await using server = await serve([ours]);
    const stranger = makeKeys();
    await using store = Client(server.address, { curve: keysOf(stranger) });
    const call = store.append({ a: bytes('1') });
    await expect(call).rejects.toThrow(AuthError);
    await expect(call).rejects.toMatchObject({ address: server.address });
    await using known = Client(server.address, { curve: keysOf(ours) });
    expect(await known.has('a')).toBe(false);
  });

  it('of another server keep a client out, within its timeout', async () => {
    await using server = await serve([ours]);
    const curve = { ...ours, serverKey: makeKeys().publicKey };
    await using store = Client(server.address, { timeout: 600, curve });
    await expect(store.append({ a: bytes('1') })).rejects.toThrow(ConnectionError);
    expect(server.stats()).toMatchObject({ clients: 0, batches: 0 });
  });

  it('are asked for: a client without any is told so within its timeout', async () => {
    await using server = await serve([ours]);
    await using store = Client(server.address, { timeout: 2500 });
    await expect(store.append({ a: bytes('1') })).rejects.toThrow(/asks for keys/);
    await expect(store.get('a')).rejects.toThrow(ConnectionError);
    expect(server.stats()).toMatchObject({ clients: 0, batches: 0 });
  });

  it('keep a client from a server without keys', async () => {
    await using server = await Server(Dict(), { address: 'tcp://127.0.0.1:*' });
    await using store = Client(server.address, { timeout: 600, curve: keysOf(ours) });
    await expect(store.append({ a: bytes('1') })).rejects.toThrow(ConnectionError);
  });

  it('that are none are refused', async () => {
    await expect(serve([{ publicKey: 'short', secretKey: '' }])).rejects.toThrow(AuthError);
  });

  it('are not in the spec, which logs show', () => {
    expect(String(Client('tcp://127.0.0.1:1', { curve: keysOf(ours) }))).toBe(
      'Client("tcp://127.0.0.1:1")',
    );
  });

  it('show nothing to who listens, and what is flipped or doubled on the way costs the connection only', async () => {
    await using server = await serve([ours]);
    await using proxy = await TcpProxy.before(server.address);
    const secret = 'a secret that nobody may read';
    proxy.faults = { flip: 3000 };
    await using store = Client(proxy.address, { curve: keysOf(ours), timeout: 5000 });
    const values = Array.from({ length: 200 }, () => randomBytes(50));
    const appends = values.map((value) => store.append({ a: value, b: bytes(secret) }));
    while (proxy.connections < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    proxy.faults = {};
    await Promise.all(appends);
    expect(Buffer.compare(await store.get('a'), Buffer.concat(values))).toBe(0);
    expect(text(await store.get('b'))).toBe(secret.repeat(200));
    expect(proxy.seen.includes(secret)).toBe(false);
    expect(proxy.seen.length).toBeGreaterThan(10_000);
  });
});
