import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '@spillway/core';
import {
  IDENTITY_BYTES,
  packHello,
  packWelcome,
  readHello,
  readWelcome,
  VERSION,
} from '../src/index.js';

const identity = Uint8Array.from({ length: IDENTITY_BYTES }, (_, i) => i);
const hello = { identity, epoch: 7, lockTimeout: 30_000, name: 'prozess 1 auf müller' };

describe('the opening', () => {
  it('says who the client is and which versions it speaks', () => {
    const frames = packHello(hello);
    expect(frames.map(String).slice(0, 2)).toEqual(['syn', VERSION]);
    expect(readHello(frames)).toEqual(hello);
  });

  it('is read among other versions, and passed over without ours', () => {
    const [syn, , last] = packHello(hello) as [Buffer, Buffer, Buffer];
    expect(readHello([syn, Buffer.from(`spillway/9 ${VERSION}`), last])).toEqual(hello);
    expect(readHello([syn, Buffer.from('spillway/9'), last])).toBeUndefined();
    expect(readHello([syn])).toBeUndefined();
  });

  it('that is too short or too long is a ProtocolError', () => {
    const [syn, version, last] = packHello(hello) as [Buffer, Buffer, Buffer];
    expect(() => readHello([syn, version, last.subarray(0, 23)])).toThrow(ProtocolError);
    const long = Buffer.concat([last, Buffer.alloc(256)]);
    expect(() => readHello([syn, version, long])).toThrow(ProtocolError);
  });

  it.each([['nothing'], ['appends'], ['all']] as const)(
    'is answered with what the client may do, and that %s is known',
    (knowledge) => {
      for (const locked of [false, true]) {
        const welcome = { identity, window: 2 ** 24, requests: 1000, knowledge, locked };
        const frames = packWelcome(welcome);
        expect(frames.map(String).slice(0, 2)).toEqual(['ack', VERSION]);
        expect(readWelcome(frames)).toEqual(welcome);
      }
    },
  );

  it('answered with a knowledge that nobody knows is a ProtocolError', () => {
    const welcome = { identity, window: 1, requests: 1, knowledge: 'all', locked: false } as const;
    const [ack, version, last] = packWelcome(welcome) as [Buffer, Buffer, Buffer];
    last[IDENTITY_BYTES + 8] = 3;
    expect(() => readWelcome([ack, version, last])).toThrow(ProtocolError);
  });

  it("is answered by partd's server with a plain ack", () => {
    expect(readWelcome([Buffer.from('ack')])).toBeUndefined();
  });

  it.each([
    ['nothing', []],
    ['another word', ['nak']],
    ['another version', ['ack', 'spillway/9', 'x']],
    ['no welcome', ['ack', VERSION]],
    ['a welcome cut off', ['ack', VERSION, 'x']],
  ])('answered with %s is a ProtocolError', (_, words) => {
    expect(() => readWelcome(words.map((word) => Buffer.from(word)))).toThrow(ProtocolError);
  });
});
