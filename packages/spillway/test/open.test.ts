import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  Buffer,
  Dict,
  File,
  LZ4,
  Msgpack,
  open,
  SchemaError,
  Snappy,
  type Store,
  ZLib,
} from '../src/index.js';

describe('open', () => {
  it('gives an equal handle', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'spillway-open-'));
    try {
      await using store = Msgpack(LZ4(File(join(directory, 'orders'))));
      await store.append({ alice: [1, { two: 2 }] });
      await using again = open<unknown[]>(String(store));
      expect(String(again)).toBe(String(store));
      expect(await again.get('alice')).toEqual([1, { two: 2 }]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    Snappy(ZLib(Dict())),
    Buffer(Dict(), LZ4(Dict()), { availableMemory: 1000 }),
    Msgpack(Buffer(Dict(), Dict())),
  ] as Store<never>[])('reads what String(store) wrote: %s', (store) => {
    expect(String(open(String(store)))).toBe(String(store));
  });

  it.each([
    '',
    'Dict',
    'Dict(',
    'Dict())',
    'Dict() Dict()',
    'File("a)',
    "File('a')",
    'LZ4(,)',
    'Buffer(Dict(), {"a":})',
  ])('refuses %j, which is no spec', (spec) => {
    expect(() => open(spec)).toThrow(SchemaError);
  });

  it('names the stores there are when it knows none of that name', () => {
    expect(() => open('Cloud("x")')).toThrow(/Cloud.*Dict.*File/);
  });

  it('refuses wrong nesting', () => {
    expect(() => open('LZ4(Msgpack(Dict()))')).toThrow(TypeError);
    expect(() => open('LZ4("orders")')).toThrow(TypeError);
  });
});

describe('nesting', () => {
  it('does not compile the wrong way round, and throws in JavaScript', () => {
    // @ts-expect-error a compressor wraps bytes
    expect(() => LZ4(Msgpack(Dict()))).toThrow(/LZ4 wraps a store of bytes.*Msgpack\(Dict\(\)\)/);
    // @ts-expect-error a codec wraps bytes
    expect(() => Msgpack(Msgpack(Dict()))).toThrow(TypeError);
    // @ts-expect-error a buffer spills bytes
    expect(() => Buffer(Dict(), Msgpack(Dict()))).toThrow(TypeError);
    // @ts-expect-error a buffer's memory is counted
    expect(() => Buffer(Snappy(Dict()), Dict())).toThrow(/counts its memory/);
  });
});
