import { describe, expect } from '@jest/globals';
import { ConnectionError, KeyError, ProtocolError } from '@spillway/core';
import { itWithPython, leakFixture } from '@spillway/core/conformance';
import { Client, type ClientStore } from '../src/index.js';
import { Program } from './process.js';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString();

describe("Python's partd.Server", () => {
  leakFixture(async () => {
    await using nobody = Client('ipc:///tmp/nobody-serves-here', { timeout: 50 });
    await expect(nobody.get('a')).rejects.toThrow(ConnectionError);
  });

  const withServer = (name: string, work: (store: ClientStore) => Promise<void>) => {
    itWithPython(['partd', 'partd.zmq'], name, async () => {
      await using server = new Program('/usr/bin/python3', 'partd_server.py');
      const store = Client(await server.line());
      await work(store);
      await store.closeServer();
      await store.close();
      expect(await server.ended()).toBe(0);
    });
  };

  withServer('takes appends and gives them back', async (store) => {
    await store.append({ x: bytes('Hello '), y: bytes('abc') });
    await store.append([
      ['x', bytes('Wor')],
      ['x', bytes('ld!')],
      ['a/b/1', bytes('composite')],
      ['with%2Fslash', bytes('escaped')],
    ]);
    expect((await store.get(['y', 'x', 'absent', 'a/b/1', 'with%2Fslash'])).map(text)).toEqual([
      'abc',
      'Hello World!',
      '',
      'composite',
      'escaped',
    ]);
    expect(await store.get([])).toEqual([]);
    await store.append({});
    await store.delete(['y', 'absent']);
    await store.delete([]);
    expect(text(await store.get('y'))).toBe('');
  });

  withServer('takes many appends under way in their order', async (store) => {
    const appends = Array.from({ length: 500 }, (_, i) => store.append({ a: bytes(`${i},`) }));
    const seen = store.get('a');
    await Promise.all(appends);
    expect(text(await seen)).toBe(Array.from({ length: 500 }, (_, i) => `${i},`).join(''));
  });

  withServer('sets once, is asked what is there, is emptied', async (store) => {
    await store.iset('x', bytes('1'));
    await store.iset('x', bytes('2'));
    expect(text(await store.iget('x'))).toBe('1');
    expect(await store.has('x')).toBe(true);
    expect(await store.has('y')).toBe(false);
    await store.set({ x: bytes('3'), y: bytes('4') });
    expect((await store.get(['x', 'y'])).map(text)).toEqual(['3', '4']);
    const pieces: Uint8Array[] = [];
    for await (const piece of store.stream('x')) pieces.push(piece);
    expect(pieces.map(text)).toEqual(['3']);
    await store.flush();
    await store.drop();
    expect((await store.get(['x', 'y'])).map(text)).toEqual(['', '']);
  });

  withServer('takes values of megabytes', async (store) => {
    const value = Buffer.alloc(5_000_000, 'abc');
    await store.append({ big: value });
    await store.append({ big: value });
    const got = await store.get('big');
    expect(Buffer.compare(got, Buffer.concat([value, value]))).toBe(0);
  });

  withServer('is not asked for what it has no word for', async (store) => {
    await store.append({ a: bytes('1') });
    await expect(store.pop('a')).rejects.toThrow(ProtocolError);
    await expect(store.keys().next()).rejects.toThrow(ProtocolError);
    await expect(store.exclusive(() => undefined)).rejects.toThrow(ProtocolError);
    await expect(store.flush({ durable: true })).rejects.toThrow(ProtocolError);
    await expect(store.append({ 'a-|-b': bytes('1') })).rejects.toThrow(KeyError);
    expect(text(await store.get('a'))).toBe('1');
  });
});
