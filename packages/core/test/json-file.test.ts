import { describe, expect, it } from '@jest/globals';
import { concatBytes, jsonFile, SchemaError } from '@spillway/core';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';

const dump = (value: unknown) => concatBytes([jsonFile.dump(value)].flat());

describe('jsonFile', () => {
  it('writes JSON that any tool reads', () => {
    expect(Buffer.from(dump({ a: [1, 'é', null, true] })).toString()).toBe(
      '{"a":[1,"é",null,true]}',
    );
  });

  it('gives back what it was given', async () => {
    await checkProperty(200, fc.jsonValue({ noUnicodeString: false }), async (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(jsonFile.load(dump(value)))).toBe(text);
    });
  });

  it('refuses what would come back as something else, with its path', () => {
    const inside: unknown[] = [];
    inside.push(inside);
    const unfit: [unknown, string][] = [
      [undefined, 'value'],
      [Number.NaN, 'value'],
      [{ a: { b: [0, 1, 2, 7n] } }, 'value.a.b[3]'],
      [{ 'a b': () => 0 }, 'value["a b"]'],
      [{ a: undefined }, 'value.a'],
      [[new Date(0)], 'value[0]'],
      [{ m: new Map() }, 'value.m'],
      [{ bytes: Uint8Array.of(1) }, 'value.bytes'],
      [['\ud800'], 'value[0]'],
      // biome-ignore lint/suspicious/noSparseArray: that is the case.
      [[1, , 3], 'value[1]'],
      [{ [Symbol('s')]: 1 }, 'value'],
      [inside, 'value[0]'],
    ];
    for (const [value, field] of unfit) {
      expect(() => dump(value)).toThrow(SchemaError);
      expect(() => dump(value)).toThrow(expect.objectContaining({ field }));
    }
  });

  it('refuses bytes that are no JSON', () => {
    for (const bytes of [[], [0x7b], [0x22, 0xff, 0x22], [0x31, 0x00]]) {
      expect(() => jsonFile.load(Uint8Array.from(bytes))).toThrow();
    }
  });
});
