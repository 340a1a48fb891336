import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionError, UnknownOutcomeError } from '@spillway/core';
import { Log } from '@spillway/log';
import { Client } from '../src/index.js';
import { Program } from './process.js';
import { TcpProxy } from './proxy.js';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();
const node = process.execPath;

describe('a server that is killed and started again', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'client-restart-'));
  });

  afterAll(() => rm(directory, { recursive: true }));

  it('over a Log has each append of its clients once, in order', async () => {
    const address = `ipc://${join(directory, 'log.sock')}`;
    const path = join(directory, 'log');
    const clients = Array.from({ length: 3 }, () => Client(address, { window: 30_000 }));
    let done = false;
    const work = clients.map(async (client, c) => {
      let i = 0;
      for (; !done; ) {
        const appends = [];
        for (const end = i + 40; i < end; i++)
          appends.push(client.append({ shared: bytes(`${c}:${i};`), [c]: randomBytes(i % 500) }));
        await Promise.all(appends);
      }
      return i;
    });
    for (let kill = 0; kill < 8; kill++) {
      await using server = new Program(node, 'serve.js', address, path);
      await server.line();
      await sleep(60 + 25 * kill);
    }
    done = true;
    await using _ = new Program(node, 'serve.js', address, path);
    const counts = await Promise.all(work);
    for (const client of clients) await client.close();
    await using log = Log(path);
    const pieces = text(await log.get('shared'))
      .split(';')
      .slice(0, -1);
    for (const [c, count] of counts.entries()) {
      expect(count).toBeGreaterThan(0);
      const own = pieces.filter((piece) => piece.startsWith(`${c}:`));
      expect(own).toEqual(Array.from({ length: count }, (_, i) => `${c}:${i}`));
      let length = 0;
      for (let i = 0; i < count; i++) length += i % 500;
      expect((await log.get(c)).length).toBe(length);
    }
    expect(await log.verify()).toEqual([]);
  });

  it('over a Log, after it had appended and before that was heard, does not append again', async () => {
    const path = join(directory, 'unheard');
    const first = new Program(node, 'serve.js', 'tcp://127.0.0.1:*', path);
    const address = await first.line();
    await using proxy = await TcpProxy.before(address);
    await using store = Client(proxy.address);
    await store.append({ a: bytes('0,') });
    proxy.mute = true;
    const appends = [1, 2, 3].map((i) => store.append({ a: bytes(`${i},`) }));
    await using log = Log(path);
    while (text(await log.get('a')) !== '0,1,2,3,') await sleep(10);
    first.child.kill('SIGKILL');
    await first.ended();
    proxy.mute = false;
    await using _ = new Program(node, 'serve.js', address, path);
    await Promise.all(appends);
    await store.append({ a: bytes('4,') });
    expect(text(await log.get('a'))).toBe('0,1,2,3,4,');
  });

  it('over another store can not know what became of changes, and says so', async () => {
    const address = `ipc://${join(directory, 'dict.sock')}`;
    await using store = Client(address);
    let appends: Promise<void>[] = [];
    {
      await using server = new Program(node, 'serve.js', address);
      await server.line();
      await store.append({ a: bytes('1') });
      server.child.kill('SIGSTOP');
      appends = [store.append({ a: bytes('2') }), store.append({ a: bytes('3') })];
      const get = store.get('b');
      await sleep(50);
      server.child.kill('SIGKILL');
      await server.ended();
      await using again = new Program(node, 'serve.js', address);
      await again.line();
      for (const append of appends) {
        await expect(append).rejects.toThrow(UnknownOutcomeError);
        await expect(append).rejects.toMatchObject({ address });
      }
      // What changes nothing is asked again.
      expect((await get).length).toBe(0);
      await store.append({ a: bytes('4') });
      expect(text(await store.get('a'))).toBe('4');
    }
    await expect(Client(address, { timeout: 200 }).get('a')).rejects.toThrow(ConnectionError);
  });

  it('over a Log can not know what became of other changes than appends', async () => {
    const address = `ipc://${join(directory, 'other.sock')}`;
    const path = join(directory, 'other');
    await using store = Client(address);
    await using server = new Program(node, 'serve.js', address, path);
    await server.line();
    await store.append({ a: bytes('1') });
    server.child.kill('SIGSTOP');
    const append = store.append({ a: bytes('2') });
    const drop = store.drop();
    await sleep(50);
    server.child.kill('SIGKILL');
    await server.ended();
    await using again = new Program(node, 'serve.js', address, path);
    await again.line();
    await append;
    // Behind the append, whose answer it waited for, the drop had not been sent.
    await drop;
    expect(await store.has('a')).toBe(false);
    again.child.kill('SIGSTOP');
    const remove = store.delete('a');
    await sleep(50);
    again.child.kill('SIGKILL');
    await again.ended();
    await using last = new Program(node, 'serve.js', address, path);
    await last.line();
    await expect(remove).rejects.toThrow(UnknownOutcomeError);
  });

  it('lets go of the lock of a client that is killed, and has what it appended once', async () => {
    const address = `ipc://${join(directory, 'killed.sock')}`;
    await using server = new Program(node, 'serve.js', address, join(directory, 'killed'));
    await server.line();
    // The lock is let go of after about 3 s.
    await using store = Client(address, { lockTimeout: 12_000 });
    {
      await using holder = new Program(node, 'hold.js', address);
      expect(await holder.line()).toBe('held');
    }
    await store.append({ a: bytes('2') });
    expect(text(await store.get('a'))).toBe('12');
  });
});
