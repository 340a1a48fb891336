import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Batch, StorageError, Store } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import {
  IDENTITY_BYTES,
  MORE,
  packHello,
  ReplyKind,
  RequestKind,
  SPLIT,
  unpackError,
  unpackKeys,
  unpackValues,
} from '@spillway/wire';
import { Server } from '../src/index.js';
import { Peer } from './peer.js';

const bytes = (text: string) => Buffer.from(text);
const append = (key: string, value: string) => ({
  columns: { keys: [key], values: [bytes(value)] },
});

/** A store whose appends end when they are told to. */
class HeldStore extends Store {
  readonly log: string[] = [];
  readonly #ends = new Map<string, () => void>();

  /** Ends the append of a key, once it has begun. */
  async end(key: string): Promise<void> {
    while (!this.#ends.has(key)) await sleep(1);
    this.#ends.get(key)?.();
  }

  override spec() {
    return { name: 'Held', args: [] };
  }

  protected override async _append({ keys }: Batch<Uint8Array>): Promise<void> {
    const [key = ''] = keys;
    this.log.push(`append ${keys} begins`);
    await new Promise<void>((end) => this.#ends.set(key, end));
    if (key === 'bad') throw new StorageError('refused', { code: 'ENOSPC', key: 'bad' });
    this.log.push(`append ${keys} ends`);
  }

  protected override _get(keys: readonly string[]): Uint8Array[] {
    this.log.push(`get ${keys}`);
    return keys.map(() => bytes(`${this.log.length}`));
  }

  protected override _has(): boolean {
    return false;
  }

  protected override *_keys(): Generator<string> {}

  protected override _delete(keys: readonly string[]): void {
    this.log.push(`delete ${keys}`);
  }

  protected override _drop(): void {
    this.log.push('drop');
  }
}

describe('a server', () => {
  leakFixture(async () => (await Server(Dict())).close());

  it('wraps a store of bytes only', async () => {
    await expect(Server({} as Store)).rejects.toThrow(TypeError);
    const values = Object.defineProperty(Dict(), 'holdsBytes', { value: false });
    await expect(Server(values)).rejects.toThrow(TypeError);
  });

  it('hands over appends without waiting for each, and anything else when they are done', async () => {
    const store = new HeldStore();
    await using server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    await peer.ask(RequestKind.append, append('a', '1'));
    await peer.ask(RequestKind.append, append('b', '1'));
    await peer.ask(RequestKind.get, { columns: { keys: ['a'] } });
    await peer.ask(RequestKind.delete, { columns: { keys: ['a'] } });
    await peer.ask(RequestKind.append, append('c', '1'));
    await store.end('b');
    expect((await peer.reply()).header.id).toBe(2);
    await store.end('a');
    await store.end('c');
    for (const id of [1, 3, 4, 5]) expect((await peer.reply()).header.id).toBe(id);
    expect(store.log).toEqual([
      'append a begins',
      'append b begins',
      'append b ends',
      'append a ends',
      'get a',
      'delete a',
      'append c begins',
      'append c ends',
    ]);
  });

  it("sends a store's error to the client whose request it was", async () => {
    const store = new HeldStore();
    await using server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    await using other = await Peer.welcomed(server.address);
    await peer.ask(RequestKind.append, append('bad', '1'));
    await other.ask(RequestKind.append, append('good', '1'));
    for (const key of ['bad', 'good']) await store.end(key);
    const { header, body } = await peer.reply();
    expect(header.kind).toBe(ReplyKind.error);
    expect(unpackError(body)).toEqual(
      expect.objectContaining({
        name: 'StorageError',
        message: 'refused',
        code: 'ENOSPC',
        key: 'bad',
      }),
    );
    expect((await other.reply()).header.kind).toBe(ReplyKind.done);
  });

  it('finishes what has arrived when it closes, closes its store, and refuses what comes later', async () => {
    const store = new HeldStore();
    const server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    for (const key of ['a', 'b', 'c']) await peer.ask(RequestKind.append, append(key, '1'));
    while (store.log.length < 3) await sleep(1);
    const closing = server.close();
    await peer.ask(RequestKind.append, append('late', '1'));
    expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.error, id: 4 });
    for (const [i, key] of ['a', 'b', 'c'].entries()) {
      await store.end(key);
      expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.done, id: i + 1 });
    }
    await closing;
    expect(store.closed).toBe(true);
    await server.close();
  });

  it('sends results only as far as the credit goes', async () => {
    const store = Dict();
    await using server = await Server(store);
    const value = Buffer.alloc(9_000_000, 'abcdefg');
    await store.append({ big: value });
    await using peer = await Peer.welcomed(server.address);
    const id = await peer.ask(RequestKind.stream, { columns: { keys: ['big'] }, credit: 1 });
    const pieces: Uint8Array[] = [];
    for (;;) {
      const { header, body, attached } = await peer.reply();
      if (header.kind === ReplyKind.done) break;
      pieces.push(...unpackValues(body, attached));
      if (pieces.length < 3) expect(await peer.silentFor(20)).toBe(true);
      const taken = attached.reduce((sum, frame) => sum + frame.length, body.bytes.length);
      await peer.ask(RequestKind.pull, { id, credit: taken });
    }
    expect(pieces.length).toBeGreaterThan(4);
    expect(Buffer.compare(Buffer.concat(pieces), value)).toBe(0);
  });

  it('stops sending results when they are cancelled', async () => {
    const store = Dict();
    await using server = await Server(store);
    await store.append({ big: Buffer.alloc(9_000_000) });
    await using peer = await Peer.welcomed(server.address);
    const id = await peer.ask(RequestKind.get, { columns: { keys: ['big'] }, credit: 1 });
    expect((await peer.reply()).header.flags).toBe(MORE | SPLIT);
    await peer.ask(RequestKind.cancel, { id });
    await peer.ask(RequestKind.has, { columns: { keys: ['big'] } });
    const { header, body } = await peer.reply();
    expect(header.kind).toBe(ReplyKind.data);
    expect(unpackKeys(body)).toEqual(['big']);
  });

  it('puts a request of several messages together', async () => {
    const store = Dict();
    await using server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    for (const kind of [RequestKind.append, RequestKind.set]) {
      const id = kind;
      await peer.ask(kind, {
        id,
        flags: MORE | SPLIT,
        columns: { keys: ['a', 'b'], values: [bytes('1'), bytes('2')] },
      });
      expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.taken, id });
      expect(await store.has('a')).toBe(kind === RequestKind.set);
      await peer.ask(kind, {
        id,
        part: 1,
        flags: MORE | SPLIT,
        columns: { keys: ['b'], values: [bytes('3')] },
      });
      expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.taken, id });
      await peer.ask(kind, {
        id,
        part: 2,
        columns: { keys: ['b', 'c'], values: [bytes('4'), bytes('5')] },
      });
      expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.done, id });
      expect(
        (await store.get(['a', 'b', 'c'])).map((value) => Buffer.from(value).toString()),
      ).toEqual(['1', '234', '5']);
    }
  });

  it('applies nothing of a request whose middle was bad, and goes on with the next', async () => {
    const store = Dict();
    await using server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    const more = { id: 1, flags: MORE | SPLIT };
    await peer.ask(RequestKind.append, { ...more, ...append('a', '1') });
    await peer.ask(RequestKind.append, { ...more, part: 1, ...append('not a', '2') });
    await peer.ask(RequestKind.append, { ...more, part: 2, ...append('b', '3') });
    await peer.ask(RequestKind.append, { id: 1, part: 3, ...append('c', '4') });
    await peer.ask(RequestKind.append, { id: 2, ...append('d', '5') });
    const replies = [await peer.reply(), await peer.reply(), await peer.reply()];
    expect(replies.map(({ header }) => [header.id, header.kind])).toEqual([
      [1, ReplyKind.taken],
      [1, ReplyKind.error],
      [2, ReplyKind.done],
    ]);
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys).toEqual(['d']);
  });

  it('lets go of the lock of a client that is gone, and puts back what it popped unheard', async () => {
    const store = Dict();
    await using server = await Server(store);
    await store.append({ a: bytes('1') });
    const gone = await Peer.welcomed(server.address);
    await gone.ask(RequestKind.lock);
    expect((await gone.reply()).header.kind).toBe(ReplyKind.done);
    await gone.ask(RequestKind.pop, { columns: { keys: ['a', 'absent'] } });
    expect((await gone.reply()).header.kind).toBe(ReplyKind.data);
    await using peer = await Peer.welcomed(server.address);
    await peer.ask(RequestKind.get, { columns: { keys: ['a'] } });
    expect(await peer.silentFor(100)).toBe(true);
    gone.socket.close();
    const { header, body, attached } = await peer.reply();
    expect(header.kind).toBe(ReplyKind.data);
    expect(Buffer.concat(unpackValues(body, attached)).toString()).toBe('1');
    expect(await store.has('absent')).toBe(false);
  });

  it('forgets popped values once their arrival was confirmed', async () => {
    const store = Dict();
    await using server = await Server(store);
    await store.append({ a: bytes('1') });
    const peer = await Peer.welcomed(server.address);
    const id = await peer.ask(RequestKind.pop, { columns: { keys: ['a'] } });
    await peer.reply();
    await peer.ask(RequestKind.received, { id });
    await peer.ask(RequestKind.ping);
    await peer.reply();
    await peer[Symbol.asyncDispose]();
    await server.close();
    expect(store.closed).toBe(true);
  });

  it('tells a client that it does not know to open a session first', async () => {
    await using server = await Server(Dict());
    await using peer = new Peer(server.address);
    await peer.ask(RequestKind.get, { columns: { keys: ['a'] } });
    expect((await peer.reply()).header.kind).toBe(ReplyKind.unknown);
  });

  it('passes over what comes over a connection that its client has left for another', async () => {
    const store = Dict();
    await using server = await Server(store);
    const identity = randomBytes(IDENTITY_BYTES);
    await using left = await Peer.welcomed(server.address, { identity, epoch: 1 });
    await left.ask(RequestKind.append, append('a', '1'));
    expect((await left.reply()).header.kind).toBe(ReplyKind.done);
    await using peer = await Peer.welcomed(server.address, { identity, epoch: 2 });
    await left.ask(RequestKind.append, append('of before', '2'));
    expect((await left.reply()).header.kind).toBe(ReplyKind.unknown);
    // Here key 0 is another one, and request 2 was not made.
    await peer.ask(RequestKind.append, { id: 2, ...append('b', '2') });
    await peer.ask(RequestKind.append, { id: 3, ...append('b', '3') });
    for (const id of [2, 3])
      expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.done, id });
    expect((await store.get(['a', 'b', 'of before'])).map(String)).toEqual(['49', '50,51', '']);
  });

  it('carries nothing out again that was answered while it waited for its turn', async () => {
    const store = new HeldStore();
    await using server = await Server(store);
    const identity = randomBytes(IDENTITY_BYTES);
    await using left = await Peer.welcomed(server.address, { identity, epoch: 1 });
    await left.ask(RequestKind.append, append('a', '1'));
    while (store.log.length === 0) await sleep(1);
    await using other = await Peer.welcomed(server.address);
    await other.ask(RequestKind.lock);
    await other.ask(RequestKind.ping, { id: 1 });
    expect((await other.reply()).header.kind).toBe(ReplyKind.alive);
    // The append comes again over another connection, and is held back for the other's lock.
    await using peer = await Peer.welcomed(server.address, { identity, epoch: 2 });
    await peer.ask(RequestKind.append, { id: 1, ...append('a', '1') });
    await peer.ask(RequestKind.ping, { id: 1 });
    expect((await peer.reply()).header.kind).toBe(ReplyKind.alive);
    await store.end('a');
    expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.done, id: 1 });
    await peer.ask(RequestKind.ping, { id: 1, confirmed: 1 });
    expect((await peer.reply()).header.kind).toBe(ReplyKind.alive);
    expect((await other.reply()).header.kind).toBe(ReplyKind.done);
    await other.ask(RequestKind.unlock);
    expect((await other.reply()).header.kind).toBe(ReplyKind.done);
    await peer.ask(RequestKind.get, { id: 2, confirmed: 1, columns: { keys: ['a'] } });
    expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.data, id: 2 });
    expect(store.log).toEqual(['append a begins', 'append a ends', 'get a']);
  });

  it('does not open a session for a hello that comes late', async () => {
    const store = Dict();
    await using server = await Server(store);
    const identity = randomBytes(IDENTITY_BYTES);
    await using peer = await Peer.welcomed(server.address, { identity, epoch: 2 });
    await using late = new Peer(server.address);
    await late.send(...packHello({ identity, epoch: 1, lockTimeout: 1, name: '' }));
    expect(await late.silentFor(50)).toBe(true);
    await peer.ask(RequestKind.append, append('a', '1'));
    expect((await peer.reply()).header.kind).toBe(ReplyKind.done);
  });
});
