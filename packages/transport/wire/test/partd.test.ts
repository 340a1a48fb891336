import { describe, expect, it } from '@jest/globals';
import { KeyError, key, keyParts, ProtocolError } from '@spillway/core';
import { anyKey } from '@spillway/core/conformance';
import fc from 'fast-check';
import { fromPartdKey, isPartdMessage, packPartd, readPartd, toPartdKey } from '../src/index.js';

describe("partd's keys", () => {
  it.each([
    ['x', 'x'],
    [key('a', 'b', 1), 'a-|-b-|-1'],
    [key('a/b', 'c'), 'a/b-|-c'],
    ['50%', '50%'],
    ['ü', 'ü'],
    ['a//b', 'a-|--|-b'],
    ['a-|', 'a-|'],
  ])('of %j is %j, and back', (ours, theirs) => {
    expect(toPartdKey(ours).toString()).toBe(theirs);
    expect(fromPartdKey(Buffer.from(theirs))).toBe(ours);
  });

  it.each([['a-|-b'], ['x/a-|-b'], ['a-|/-b'], ['50%25']])('of %j has no form there', (ours) => {
    expect(() => toPartdKey(ours)).toThrow(KeyError);
  });

  it('come back as they were, or have no form', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyKey(),
          fc
            .array(fc.constantFrom('-', '|', '/', '%', '2F', '25', 'a'))
            .map((parts) => parts.join('') || 'a'),
        ),
        (ours) => {
          let theirs: Buffer;
          try {
            theirs = toPartdKey(ours);
          } catch (error) {
            expect(error).toBeInstanceOf(KeyError);
            return;
          }
          expect(fromPartdKey(theirs)).toBe(ours);
          // What Python's deserialize_key does.
          expect(theirs.toString().split('-|-')).toEqual(keyParts(ours));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['not UTF-8', Buffer.from([0xff])],
    ['too long', Buffer.alloc(1025, 'k')],
  ])('that are %s are a KeyError', (_, bytes) => {
    expect(() => fromPartdKey(bytes)).toThrow(KeyError);
  });
});

describe("partd's commands", () => {
  it('are read as they were written', () => {
    const commands = [
      { command: 'syn' },
      {
        command: 'append',
        batch: { keys: ['a', 'b/c'], values: [Buffer.from('1'), Buffer.from('')] },
      },
      { command: 'iset', key: 'k', value: Buffer.from('v') },
      { command: 'get', keys: ['a', 'b/c'] },
      { command: 'delete', keys: [] },
      { command: 'drop' },
      { command: 'close' },
    ] as const;
    for (const command of commands) {
      expect(isPartdMessage(packPartd(command))).toBe(true);
      expect(readPartd(packPartd(command))).toEqual(command);
    }
  });

  it('have the frames that Python sends', () => {
    const batch = { keys: ['a/b'], values: [Buffer.from('v')] };
    expect(packPartd({ command: 'append', batch }).map(String)).toEqual(['append', 'a-|-b', 'v']);
  });

  it.each([
    ['an unknown command', ['unknown']],
    ['a command of another case', ['GET', 'a']],
    ['a key without a value', ['append', 'a']],
    ['an iset of nothing', ['iset', 'a']],
    ['an iset of two', ['iset', 'a', 'b', 'c']],
    ['an empty frame', ['']],
    ['no frame', []],
  ])('with %s are a ProtocolError', (_, words) => {
    expect(() => readPartd(words.map((word) => Buffer.from(word)))).toThrow(ProtocolError);
  });
});
