import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { Store } from '@spillway/core';
import { LiveMemory, leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { packHello, ReplyKind, RequestKind, unpackError } from '@spillway/wire';
import fc from 'fast-check';
import { Server } from '../src/index.js';
import { Peer } from './peer.js';

const bytes = (text: string) => Buffer.from(text);

/** Whether a server still serves somebody who behaves. */
async function expectServing(address: string): Promise<void> {
  await using peer = await Peer.welcomed(address);
  await peer.ask(RequestKind.append, { columns: { keys: ['good'], values: [bytes('1')] } });
  expect((await peer.reply()).header.kind).toBe(ReplyKind.done);
}

describe('a server that is abused', () => {
  leakFixture(async () => {
    await using server = await Server(Dict());
    await expectServing(server.address);
  });

  it.each([
    ['an unknown kind', '7f000000 00000000 0700000000000000 0000000000000000'],
    ['a kind that is a reply', '41000000 00000000 0700000000000000 0000000000000000'],
    ['an unknown flag', '01800000 00000000 0700000000000000 0000000000000000'],
    ['no body', '01000000 00000000 0700000000000000 0000000000000000'],
    ['a count that lies', '01000000 00000000 0700000000000000 0000000000000000 ffffffff ffffffff'],
    ['a body where none belongs', '0b000000 00000000 0700000000000000 0000000000000000 00'],
    ['a lock given back that nobody has', '0d000000 00000000 0700000000000000 0000000000000000'],
    ['a prefix that is not UTF-8', '06000000 00000000 0700000000000000 0000000000000000 ff'],
    [
      'has of two keys',
      '05000000 00000000 0700000000000000 0000000000000000 02000000 01000000 0100 61 00000000 00000000',
    ],
  ])('answers %s with a ProtocolError for that request', async (_, hex) => {
    await using server = await Server(Dict());
    await using peer = await Peer.welcomed(server.address);
    await peer.send(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const { header, body } = await peer.reply();
    expect(header).toMatchObject({ kind: ReplyKind.error, id: 7 });
    expect(unpackError(body).name).toBe('ProtocolError');
    await expectServing(server.address);
  });

  it('refuses the lock to who has it, and does not block', async () => {
    await using server = await Server(Dict());
    await using peer = await Peer.welcomed(server.address);
    await peer.ask(RequestKind.lock);
    expect((await peer.reply()).header.kind).toBe(ReplyKind.done);
    await peer.ask(RequestKind.lock);
    expect((await peer.reply()).header.kind).toBe(ReplyKind.error);
    await peer.ask(RequestKind.unlock);
    expect((await peer.reply()).header.kind).toBe(ReplyKind.done);
    await expectServing(server.address);
  });

  it('answers what has not even an id with an error for request 0', async () => {
    await using server = await Server(Dict());
    await using peer = await Peer.welcomed(server.address);
    await peer.send(Buffer.from([1, 2, 3]));
    expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.error, id: 0 });
    await peer.send('');
    expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.error, id: 0 });
    await expectServing(server.address);
  });

  it('stands a malformed hello, and words in the middle of a session', async () => {
    await using server = await Server(Dict());
    await using peer = new Peer(server.address);
    const [syn, version, hello] = packHello({
      identity: randomBytes(16),
      epoch: 1,
      lockTimeout: 1,
      name: '',
    }) as Buffer[];
    await peer.send(syn as Buffer, version as Buffer, (hello as Buffer).subarray(1));
    expect((await peer.receive()).map(String)).toEqual(['ack']);
    await peer.hello();
    await peer.send('append', 'a');
    expect((await peer.reply()).header).toMatchObject({ kind: ReplyKind.error, id: 0 });
    await expectServing(server.address);
  });

  it('stands any messages at all, of both protocols', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await using server = await Server(Dict());
    const word = fc
      .constantFrom('syn', 'append', 'get', 'iset', 'delete', 'drop', 'spillway/1', 'ack', '')
      .map(bytes);
    const kind = fc
      .constantFrom(...Object.values(RequestKind))
      .filter((one) => one !== RequestKind.close);
    const request = fc
      .tuple(kind, fc.constantFrom(0, 1, 3, 4, 5), fc.nat(5), fc.uint8Array({ maxLength: 40 }))
      .map(([one, flags, id, body]) => {
        const header = Buffer.alloc(24);
        header.set([one, flags, 0, 0, 255, 255, 0, 0, id]);
        return Buffer.concat([header, body]);
      });
    const frame = fc.oneof(
      word,
      request,
      fc.uint8Array({ maxLength: 60 }).map((raw) => Buffer.from(raw)),
    );
    const message = fc.array(frame, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(message, { maxLength: 30 }),
        async (hello, messages) => {
          await using peer = new Peer(server.address);
          if (hello) await peer.hello();
          for (const frames of messages) await peer.send(...frames);
        },
      ),
      { numRuns: 100 },
    );
    await expectServing(server.address);
    warn.mockRestore();
  });

  it('stands connections that speak no ZeroMQ, or say nothing', async () => {
    await using server = await Server(Dict(), { address: 'tcp://127.0.0.1:*' });
    const port = Number(server.address.split(':').at(-1));
    const sockets = Array.from({ length: 50 }, (_, i) => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      if (i % 2) socket.write(randomBytes(1000));
      return socket;
    });
    await sleep(50);
    await expectServing(server.address);
    for (const socket of sockets) socket.destroy();
    await expectServing(server.address);
  });
});

/** A store that takes its time, so that what is sent to it piles up: all of it until {@link release}. */
class HeldStore extends Store {
  release: () => void = () => {};
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  override spec() {
    return { name: 'Held', args: [] };
  }

  protected override _append(): Promise<void> {
    return this.#released;
  }

  protected override _get(keys: readonly string[]): Uint8Array[] {
    return keys.map(() => new Uint8Array(0));
  }

  protected override _has(): boolean {
    return false;
  }

  protected override *_keys(): Generator<string> {}

  protected override _delete(): Promise<void> {
    return this.#released;
  }

  protected override _drop(): void {}
}

describe('a server that is flooded', () => {
  leakFixture(async () => {
    await using server = await Server(Dict());
    await expectServing(server.address);
  });

  it('does not listen to a client that takes no notice of its window', async () => {
    const store = new HeldStore();
    await using server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    const columns = { keys: ['a'], values: [Buffer.alloc(1_000_000)] };
    for (let i = 0; i < 100; i++) {
      await peer.ask(RequestKind.append, { columns });
      await sleep(0);
    }
    while ((await peer.reply()).header.kind !== ReplyKind.unknown);
    // The store holds all that was ever accepted.
    expect(server.stats().queueBytes).toBeGreaterThan(10_000_000);
    expect(server.stats().queueBytes).toBeLessThan(25_000_000);
    expect(server.stats().clients).toBe(0);
    store.release();
    await expectServing(server.address);
  });

  it('does not listen to a client with thousands of requests', async () => {
    const store = new HeldStore();
    await using server = await Server(store);
    await using peer = await Peer.welcomed(server.address);
    for (let i = 0; i < 5000; i++) await peer.ask(RequestKind.delete, { columns: { keys: ['a'] } });
    while ((await peer.reply()).header.kind !== ReplyKind.unknown);
    expect(server.stats().queue).toBeLessThan(3000);
    store.release();
    await expectServing(server.address);
  });

  it("does not listen to who speaks partd's protocol and waits for no answer", async () => {
    const store = new HeldStore();
    await using server = await Server(store);
    await using peer = new Peer(server.address);
    await peer.send('syn');
    for (let i = 0; i < 1000; i++) await peer.send('delete', 'a');
    for (;;) {
      const [first] = await peer.receive();
      if (first?.[0] === ReplyKind.unknown) break;
      expect(String(first)).toBe('ack');
    }
    store.release();
    await expectServing(server.address);
  });

  it.each([['spillway/1'], ["partd's protocol"]])(
    'keeps little for a peer that never reads, in %s',
    async (protocol) => {
      const store = Dict();
      await using server = await Server(store);
      await store.append({ big: Buffer.alloc(1_900_000) });
      const peer = new Peer(server.address, 1);
      await using _ = peer;
      if (protocol === 'spillway/1') await peer.hello();
      else await peer.send('syn');
      const memory = new LiveMemory();
      for (let i = 0; i < 400; i++) {
        // It says that it has read what it has not.
        if (protocol === 'spillway/1') {
          await peer.ask(RequestKind.get, { columns: { keys: ['big'] } });
          await peer.ask(RequestKind.arrived, { id: 0, credit: 2 ** 31 });
        } else await peer.send('get', 'big');
        if (i % 10 === 0) await sleep(1);
        if (i % 100 === 0) memory.look();
      }
      await expectServing(server.address);
      while (server.stats().clients > 1) await sleep(10);
      expect(memory.peak).toBeLessThan(30_000_000);
    },
  );

  it('serves beside hundreds of connections that say nothing', async () => {
    await using server = await Server(Dict());
    const path = server.address.replace('ipc://', '');
    const sockets = Array.from({ length: 300 }, () => connect(path).on('error', () => {}));
    await sleep(100);
    for (let i = 0; i < 5; i++) await expectServing(server.address);
    for (const socket of sockets) socket.destroy();
    await expectServing(server.address);
  });
});
