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

describe('the opening', () => {
  it('says who the client is and which versions it speaks', () => {
    const frames = packHello({ identity, epoch: 7 });
    expect(frames.map(String).slice(0, 2)).toEqual(['syn', VERSION]);
    expect(readHello(frames)).toEqual({ identity, epoch: 7 });
  });

  it('is read among other versions, and passed over without ours', () => {
    const [syn, , hello] = packHello({ identity, epoch: 1 }) as [Buffer, Buffer, Buffer];
    expect(readHello([syn, Buffer.from(`spillway/9 ${VERSION}`), hello])).toEqual({
      identity,
      epoch: 1,
    });
    expect(readHello([syn, Buffer.from('spillway/9'), hello])).toBeUndefined();
    expect(readHello([syn])).toBeUndefined();
  });

  it('that is too short or too long is a ProtocolError', () => {
    const [syn, version, hello] = packHello({ identity, epoch: 1 }) as [Buffer, Buffer, Buffer];
    expect(() => readHello([syn, version, hello.subarray(1)])).toThrow(ProtocolError);
    expect(() => readHello([syn, version, Buffer.concat([hello, hello])])).toThrow(ProtocolError);
  });

  it('is answered with what the client may do', () => {
    const welcome = { identity, window: 2 ** 24, requests: 1000, applied: 2 ** 50 };
    const frames = packWelcome(welcome);
    expect(frames.map(String).slice(0, 2)).toEqual(['ack', VERSION]);
    expect(readWelcome(frames)).toEqual(welcome);
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
