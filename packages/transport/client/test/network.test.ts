import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ConnectionError } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '@spillway/server';
import fc from 'fast-check';
import { Client } from '../src/index.js';
import { type Faults, TcpProxy } from './proxy.js';
import { signal } from './signal.js';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i},`).join('');

const TCP = { address: 'tcp://127.0.0.1:*' };

/** A store behind a server behind a proxy. */
async function behindProxy() {
  const served = Dict();
  const server = await Server(served, TCP);
  const proxy = await TcpProxy.before(server.address);
  return {
    served,
    server,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

describe('a client whose connection breaks', () => {
  leakFixture(async () => {
    await using behind = await behindProxy();
    await using store = Client(behind.proxy.address);
    await store.append({ a: bytes('1') });
  });

  it('sends what was not answered again, and all is there once, in order', async () => {
    await using behind = await behindProxy();
    const { proxy, served } = behind;
    await using store = Client(proxy.address, { window: 50_000 });
    const appends = [];
    for (let i = 0; i < 2000; i++) {
      appends.push(store.append({ a: bytes(`${i},`), b: randomBytes(i % 700) }));
      // Ten times: a call that loses its connection more often is given up, and one may be under way all the time.
      if (i % 200 === 199) {
        while (proxy.connections * 200 < i) await sleep(1);
        await sleep(15);
        proxy.cut();
      }
    }
    await Promise.all(appends);
    expect(text(await served.get('a'))).toBe(numbers(2000));
  });

  it.each<[string, Faults]>([
    ['delays', { delay: 3 }],
    ['sends each message twice', { twice: true }],
    ['opens each connection twice', { mirror: true }],
    ['cuts in the middle of requests', { cutAfter: 400_000 }],
    ['cuts in the middle of answers', { cutAnswersAfter: 700 }],
  ])('by a proxy that %s has each append there once, in order', async (_, faults) => {
    await using behind = await behindProxy();
    const { proxy, served } = behind;
    proxy.faults = faults;
    await using store = Client(proxy.address, { window: 100_000 });
    const value = randomBytes(500);
    const appends = Array.from({ length: 1500 }, (_, i) =>
      store.append([
        ['a', bytes(`${i},`)],
        ['b', value],
      ]),
    );
    await Promise.all(appends);
    expect(text(await served.get('a'))).toBe(numbers(1500));
    expect((await served.get('b')).length).toBe(1500 * 500);
  });

  it('by a proxy that sends each message twice has new keys and pieces of large values once', async () => {
    await using behind = await behindProxy();
    const { proxy, served } = behind;
    proxy.faults = { twice: true };
    await using store = Client(proxy.address);
    const value = randomBytes(2_500_000);
    for (let i = 0; i < 6; i++)
      await store.append({ [`fresh ${i}`]: bytes(`${i}`), large: value.subarray(i * 1000) });
    for (let i = 0; i < 6; i++) expect(text(await served.get(`fresh ${i}`))).toBe(`${i}`);
    const expected = Array.from({ length: 6 }, (_, i) => value.subarray(i * 1000));
    expect(Buffer.compare(await store.get('large'), Buffer.concat(expected))).toBe(0);
  });

  it('by a proxy that stalls finds another connection within its timeout', async () => {
    await using behind = await behindProxy();
    const { proxy, served } = behind;
    await using store = Client(proxy.address, { timeout: 4000 });
    const failed = proxy.fail({ stallAfter: 400 });
    const appends = Array.from({ length: 100 }, (_, i) => store.append({ a: bytes(`${i},`) }));
    await failed;
    await Promise.all(appends);
    expect(text(await served.get('a'))).toBe(numbers(100));
    expect(proxy.connections).toBeGreaterThan(1);
  });

  it('has large values there once', async () => {
    await using behind = await behindProxy();
    const { proxy, served } = behind;
    await using store = Client(proxy.address);
    const value = randomBytes(9_000_000);
    const cut = proxy.fail({ cutAfter: 5_000_000 });
    const append = store.append({ a: value });
    await cut;
    await append;
    await store.append({ a: bytes('end') });
    expect(Buffer.compare(await served.get('a'), Buffer.concat([value, bytes('end')]))).toBe(0);
    const cutAgain = proxy.fail({ cutAnswersAfter: 5_000_000 });
    proxy.cut();
    const got = store.get('a');
    await cutAgain;
    expect(Buffer.compare(await got, Buffer.concat([value, bytes('end')]))).toBe(0);
  });

  it('carries every change out once, and the reads between see each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('append', 'set', 'pop', 'delete', 'iset', 'get', 'cut'), {
          minLength: 10,
          maxLength: 60,
        }),
        fc.integer({ min: 300, max: 3000 }),
        async (steps, cutAnswersAfter) => {
          await using behind = await behindProxy();
          await using store = Client(behind.proxy.address);
          behind.proxy.faults = { cutAnswersAfter };
          let model = '';
          for (const [i, step] of steps.entries()) {
            const piece = `${i},`;
            if (step === 'cut') behind.proxy.cut();
            if (step === 'append') await store.append({ a: bytes(piece) });
            if (step === 'set') await store.set({ a: bytes(piece) });
            if (step === 'iset') await store.iset('a', bytes(piece));
            if (step === 'delete') await store.delete('a');
            if (step === 'get') expect(text(await store.get('a'))).toBe(model);
            if (step === 'pop') expect(text(await store.pop('a'))).toBe(model);
            if (step === 'append' || (step === 'iset' && model === '')) model += piece;
            if (step === 'set') model = piece;
            if (step === 'pop' || step === 'delete') model = '';
          }
          expect(text(await behind.served.get('a'))).toBe(model);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('keeps the lock when it is back in time, and its work goes on', async () => {
    await using behind = await behindProxy();
    await using store = Client(behind.proxy.address);
    await using other = Client(behind.server.address);
    const order: string[] = [];
    const [begun, begin] = signal();
    const work = store.exclusive(async (held) => {
      await held.append({ a: bytes('1') });
      begin();
      behind.proxy.cut();
      await sleep(100);
      await held.append({ a: bytes('2') });
      order.push('work');
    });
    await begun;
    const append = other.append({ a: bytes('3') }).then(() => order.push('other'));
    await Promise.all([work, append]);
    expect(order).toEqual(['work', 'other']);
    expect(text(await behind.served.get('a'))).toBe('123');
  });

  it('keeps the lock, too, when the server was held up and could not hear it come back', async () => {
    await using behind = await behindProxy();
    const { proxy, served, server } = behind;
    await using store = Client(proxy.address);
    await store.exclusive(async (held) => {
      await held.append({ a: bytes('1') });
      proxy.faults = { cutAfter: 0 };
      proxy.cut();
      while (server.stats().clients > 0) await sleep(1);
      for (const end = performance.now() + 3500; performance.now() < end; );
      proxy.faults = {};
      await held.append({ a: bytes('2') });
    });
    expect(text(await served.get('a'))).toBe('12');
  });

  it('for longer than the lock is kept loses it, and its work does not go on', async () => {
    await using behind = await behindProxy();
    const { proxy, served } = behind;
    await using store = Client(proxy.address);
    await using other = Client(behind.server.address);
    const work = store.exclusive(async (held) => {
      await held.append({ a: bytes('1') });
      proxy.faults = { cutAfter: 0 };
      proxy.cut();
      const late = held.append({ a: bytes('2') });
      await other.append({ a: bytes('3') });
      proxy.faults = {};
      await late;
    });
    await expect(work).rejects.toThrow(ConnectionError);
    expect(text(await served.get('a'))).toBe('13');
    await store.append({ a: bytes('4') });
    expect(text(await store.get('a'))).toBe('134');
  });

  it('in the middle of a stream rejects it, as its reader has had a part', async () => {
    await using behind = await behindProxy();
    await using store = Client(behind.proxy.address);
    await behind.served.append({ a: Buffer.alloc(30_000_000) });
    const stream = store.stream('a');
    await stream.next();
    behind.proxy.cut();
    const rest = async () => {
      for await (const part of stream) if (part.length < 0) return;
    };
    await expect(rest()).rejects.toThrow(ConnectionError);
    expect((await store.get('a')).length).toBe(30_000_000);
  });
});
