import { expect, it } from '@jest/globals';
import { KeyError, ProtocolError } from '@spillway/core';
import {
  FrameReader,
  type Frames,
  KeyNumbers,
  NumberedKeys,
  packColumns,
  packError,
  packFrames,
  packHello,
  packPartd,
  packReady,
  packWelcome,
  REPLY_HEADER_BYTES,
  REQUEST_HEADER_BYTES,
  ReplyKind,
  RequestKind,
  readHello,
  readPartd,
  readReply,
  readRequest,
  readWelcome,
  unpackEntries,
  unpackError,
  unpackKeys,
  unpackValues,
  writeReplyHeader,
  writeRequestHeader,
} from '../src/index.js';

/** Seconds of fuzzing: a few here, as many as you like by `FUZZ_SECONDS`, and other bytes by `FUZZ_SEED`. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 3);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Memory that reading one message may take, in bytes, whatever lengths it claims. */
const MEMORY = 32 * 2 ** 20;

let state = SEED || 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const identity = Buffer.alloc(16, 7);
const keys = ['a', 'b/c', 'ünïcode', 'k'.repeat(1024)];
const values = [0, 1, 300, 70_000].map((length) => Buffer.alloc(length, 'v'));

/** Messages as they should be. */
function specimens(): Frames[] {
  const request = new KeyNumbers().pack(REQUEST_HEADER_BYTES, keys, values, Buffer.alloc).packed;
  const header = { kind: RequestKind.append, flags: 0, part: 0, credit: 9, id: 1, confirmed: 0 };
  writeRequestHeader(request[0], header);
  const reply = packColumns(REPLY_HEADER_BYTES, { keys, values }, Buffer.alloc);
  writeReplyHeader(reply[0], { kind: ReplyKind.data, flags: 0, window: 9, id: 1 });
  const error = packError(new KeyError('bad', { key: 'a' }));
  const errorReply = Buffer.concat([Buffer.alloc(REPLY_HEADER_BYTES), error]);
  writeReplyHeader(errorReply, { kind: ReplyKind.error, flags: 0, window: 9, id: 1 });
  return [
    request,
    reply,
    [errorReply],
    packHello({ identity, epoch: 1, lockTimeout: 5, name: 'fuzz' }),
    packWelcome({ identity, window: 1, requests: 1, knowledge: 'all', locked: false }),
    packPartd({ command: 'append', batch: { keys: ['a', 'b/c'], values: values.slice(0, 2) } }),
    packPartd({ command: 'get', keys: ['a', 'b/c'] }),
    [Buffer.concat([packReady(), ...packFrames([Buffer.from('get'), values[3] as Buffer])])],
  ];
}

/** A message with some bytes changed, cut, put in twice, or frames taken away or repeated. */
function mutate(message: Frames): Buffer[] {
  const frames: Buffer[] = message.map((frame) => Buffer.from(frame));
  for (let change = random(4); change >= 0; change--) {
    const at = random(frames.length);
    const frame = frames[at] as Buffer;
    const place = random(Math.min(frame.length, 200) + 1);
    switch (random(7)) {
      case 0:
        if (place < frame.length) frame[place] = random(256);
        break;
      case 1:
        if (place < frame.length) frame[place] = (frame[place] as number) ^ (1 << random(8));
        break;
      case 2:
        frames[at] = frame.subarray(0, place);
        break;
      case 3:
        frames[at] = Buffer.concat([frame.subarray(0, place), frame]);
        break;
      case 4:
        if (frames.length > 1) frames.splice(at, 1);
        break;
      case 5:
        frames.splice(at, 0, frame);
        break;
      default:
        if (place + 4 <= frame.length)
          frame.writeUInt32LE([0, 1, 0x7fff_ffff, 0xffff_ffff][random(4)] as number, place);
    }
  }
  return frames;
}

const readers: ((frames: Buffer[]) => unknown)[] = [
  (frames) => {
    const { header, body, attached } = readRequest(frames);
    return new NumberedKeys().unpack(body, attached, header.flags, random(2) === 1);
  },
  (frames) => {
    const { body, attached } = readReply(frames);
    const unpack = [unpackKeys, unpackValues, unpackEntries, unpackError][random(4)];
    return unpack?.(body, attached);
  },
  readHello,
  readWelcome,
  readPartd,
  (frames) => {
    const reader = new FrameReader({ message: () => {}, command: () => {} });
    for (const frame of frames) {
      const cut = random(frame.length + 1);
      reader.push(frame.subarray(0, cut));
      reader.push(frame.subarray(cut));
    }
  },
];

it(
  `any bytes are read, or a ProtocolError or KeyError, for ${SECONDS} s (FUZZ_SEED=${SEED})`,
  () => {
    const all = specimens();
    const end = performance.now() + SECONDS * 1000;
    let messages = 0;
    let refused = 0;
    for (; messages % 256 !== 0 || performance.now() < end; messages++) {
      const frames = mutate(all[random(all.length)] as Frames);
      const read = readers[random(readers.length)] as (frames: Buffer[]) => unknown;
      const measured = messages % 16 === 0;
      const before = measured ? process.memoryUsage().arrayBuffers : 0;
      try {
        read(frames);
      } catch (error) {
        if (!(error instanceof ProtocolError) && !(error instanceof KeyError)) {
          const hex = frames.map((frame) => frame.toString('hex'));
          throw new Error(`message ${messages}: ${error} from ${hex}`, { cause: error });
        }
        refused++;
      }
      if (measured) expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MEMORY);
    }
    expect(refused).toBeGreaterThan(messages / 10);
    expect(messages - refused).toBeGreaterThan(messages / 100);
    if (SECONDS > 10) process.stdout.write(`fuzzed ${messages} messages, ${refused} refused\n`);
  },
  SECONDS * 1000 + 30_000,
);
