import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '@spillway/core';
import fc from 'fast-check';
import {
  MORE,
  REPLY_HEADER_BYTES,
  REQUEST_HEADER_BYTES,
  ReplyKind,
  RequestKind,
  readReply,
  readRequest,
  requestId,
  SPLIT,
  writeReplyHeader,
  writeRequestHeader,
} from '../src/index.js';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const id = fc.maxSafeNat();
const flags = fc.constantFrom(0, MORE, MORE | SPLIT);

describe('headers', () => {
  it('of requests come back as they were written', () => {
    const kind = fc.constantFrom(...Object.values(RequestKind));
    fc.assert(
      fc.property(
        fc.record({ kind, flags, part: fc.nat(0xffff), credit: uint32, id, confirmed: id }),
        (header) => {
          const frame = Buffer.alloc(REQUEST_HEADER_BYTES + 1, 0xee);
          writeRequestHeader(frame, header);
          const attached = [Buffer.from('x')];
          const read = readRequest([frame, ...attached]);
          expect(read.header).toEqual(header);
          expect(read.body.left).toBe(1);
          expect(read.attached).toEqual(attached);
          expect(requestId([frame])).toBe(header.id);
        },
      ),
    );
  });

  it('of replies come back as they were written', () => {
    const kind = fc.constantFrom(...Object.values(ReplyKind));
    fc.assert(
      fc.property(fc.record({ kind, flags, window: uint32, id }), (header) => {
        const frame = Buffer.alloc(REPLY_HEADER_BYTES);
        writeReplyHeader(frame, header);
        expect(readReply([frame]).header).toEqual(header);
      }),
    );
  });

  it('have the layout of the README', () => {
    const request = Buffer.alloc(REQUEST_HEADER_BYTES);
    writeRequestHeader(request, {
      kind: RequestKind.append,
      flags: MORE,
      part: 0x1234,
      credit: 2,
      id: 3,
      confirmed: 2 ** 40,
    });
    expect(request.toString('hex')).toBe(
      '01013412' + '02000000' + '0300000000000000' + '0000000000010000',
    );
    const reply = Buffer.alloc(REPLY_HEADER_BYTES);
    writeReplyHeader(reply, { kind: ReplyKind.done, flags: 0, window: 2, id: 3 });
    expect(reply.toString('hex')).toBe('41000000' + '02000000' + '0300000000000000');
  });

  it.each([
    ['an unknown kind', '7f000000 00000000 0000000000000000 0000000000000000'],
    ['an unknown flag', '01800000 00000000 0000000000000000 0000000000000000'],
    ['a split without more', '01020000 00000000 0000000000000000 0000000000000000'],
    ['an id beyond 2^53', '01000000 00000000 0000000000002000 0000000000000000'],
    ['an end too soon', '01000000 00000000 00000000000000'],
    ['nothing', ''],
  ])('with %s are a ProtocolError', (_, hex) => {
    const frame = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(() => readRequest([frame])).toThrow(ProtocolError);
    expect(() => readReply([frame])).toThrow(ProtocolError);
  });

  it('of replies with bytes that must be 0 are a ProtocolError', () => {
    const frame = Buffer.from('41000100000000000000000000000000', 'hex');
    expect(() => readReply([frame])).toThrow(ProtocolError);
  });

  it('that are any bytes at all are read or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }), (frames) => {
        for (const read of [readRequest, readReply]) {
          try {
            read(frames);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
