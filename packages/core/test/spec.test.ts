import { describe, expect, it } from '@jest/globals';
import { formatSpec, isSpec, parseSpec, SchemaError, type Spec } from '@spillway/core';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !hasArgs(value));
const { spec } = fc.letrec<{ spec: Spec }>((tie) => ({
  spec: fc.record({
    name,
    args: fc.array(fc.oneof({ depthSize: 'small' }, json, tie('spec')), { maxLength: 4 }),
  }) as fc.Arbitrary<Spec>,
}));

describe('A spec', () => {
  it('is the same once written and read', async () => {
    await checkProperty(1000, spec, async (any) => {
      const text = formatSpec(any);
      expect(parseSpec(text)).toEqual(JSON.parse(JSON.stringify(any)));
      expect(formatSpec(parseSpec(text))).toBe(text);
    });
  });

  it('is written as calls are', () => {
    const file: Spec = { name: 'File', args: ['a "b"'] };
    expect(formatSpec(file)).toBe('File("a \\"b\\"")');
    const buffer = {
      name: 'Buffer',
      args: [{ name: 'Dict', args: [] }, file, { availableMemory: 5 }],
    };
    expect(formatSpec(buffer)).toBe('Buffer(Dict(), File("a \\"b\\""), {"availableMemory":5})');
  });

  it('is read with space around, and between all its parts', () => {
    const text =
      ' LZ4 ( Buffer( Dict( ) , File("a(b, \\"c)") ,\n{ "x": [1, "}"], "y": null } ), -1.5e3, true ) ';
    expect(parseSpec(text)).toEqual({
      name: 'LZ4',
      args: [
        {
          name: 'Buffer',
          args: [
            { name: 'Dict', args: [] },
            { name: 'File', args: ['a(b, "c)'] },
            { x: [1, '}'], y: null },
          ],
        },
        -1500,
        true,
      ],
    });
  });

  it('tells a nested store from an argument', () => {
    expect([{ name: 'Dict', args: [] }].every(isSpec)).toBe(true);
    expect([null, 1, 'a', true, [], {}, { a: 1 }].some(isSpec)).toBe(false);
  });

  it.each([
    ['', 0, 'a name and "("'],
    ['File', 0, 'a name and "("'],
    ['File("a"', 8, '"," or ")"'],
    ['File("a")x', 9, 'the end'],
    ['File("a",)', 9, 'a name and "("'],
    ['File(a)', 5, 'a name and "("'],
    ['File({)', 7, 'a closing bracket'],
    ['File({"a": [})', 14, 'a closing bracket'],
    ['File({"a": [}])', 5, 'a JSON value or a nested store'],
    ['File({a: 1})', 5, 'a JSON value or a nested store'],
    ['File(1.2.3)', 5, 'a JSON value or a nested store'],
    ['File("a" "b")', 8, '"," or ")"'],
    ['LZ4(File("\\x"))', 9, 'a JSON value or a nested store'],
    ['7()', 0, 'a name and "("'],
  ])('is not %j: at character %i, it lacks %s', (text, at, expected) => {
    expect(() => parseSpec(text)).toThrow(SchemaError);
    expect(() => parseSpec(text)).toThrow(`is no spec: expected ${expected} at character ${at}`);
  });

  it('is read from any text, or that is a SchemaError', async () => {
    const pieces = fc.constantFrom(
      'File',
      '(',
      ')',
      '"a"',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ' ',
      '1',
      '\\',
      'é',
    );
    const text = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(''));
    await checkProperty(3000, text, async (any) => {
      try {
        expect(parseSpec(formatSpec(parseSpec(any)))).toEqual(parseSpec(any));
      } catch (error) {
        expect(error).toBeInstanceOf(SchemaError);
      }
    });
  });

  it('refuses text that is nested without an end', () => {
    expect(() => parseSpec('A('.repeat(20_000))).toThrow(/at most 100 stores/);
    expect(() => parseSpec(`${'A('.repeat(100)}${')'.repeat(100)}`)).not.toThrow();
  });
});

/** Whether a plain value would be taken for a nested store. */
function hasArgs(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'args' in value;
}
