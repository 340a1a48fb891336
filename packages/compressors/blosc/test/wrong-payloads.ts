import { HEADER_BYTES } from '../src/header.js';

/** A chunk with the header that the C library writes before the bytes that follow. */
function chunk(
  fields: {
    flags?: number;
    typesize?: number;
    bytes?: number;
    blockBytes?: number;
    version?: number;
    length?: number;
  },
  ...rest: readonly number[]
): Uint8Array {
  const { flags = 0x31, typesize = 1, bytes = 200, version = 2, length = 0 } = fields;
  const { blockBytes = bytes } = fields;
  const payload = new Uint8Array(HEADER_BYTES + rest.length);
  const view = new DataView(payload.buffer);
  payload.set([version, 1, flags, typesize]);
  view.setUint32(4, bytes, true);
  view.setUint32(8, blockBytes, true);
  view.setUint32(12, length || payload.length, true);
  payload.set(rest, HEADER_BYTES);
  return payload;
}

/** The place of the first block, behind it the size of its stream, and the stream. */
const stream = (...bytes: readonly number[]) => [20, 0, 0, 0, bytes.length, 0, 0, 0, ...bytes];

/** 200 times the letter a, as an LZ4 block: one literal, a match of 194 bytes, and five literals. */
const RUN = [0x1f, 97, 1, 0, 175, 0x50, 97, 97, 97, 97, 97];

/** A chunk that is not wrong. */
export const whole = chunk({}, ...stream(...RUN));

/** Payloads that must be refused by the engines of Node and of browsers. */
export const wrongPayloads = {
  'nothing in it': new Uint8Array(0),
  'a header cut off': whole.subarray(0, 15),
  'another version': chunk({ version: 3 }, ...stream(...RUN)),
  'a size of 4 GB in 20 bytes': chunk({ bytes: 0xffff_ffff, blockBytes: 1000 }, 20, 0, 0, 0),
  'a size of 2 GB, in one block': chunk({ bytes: 0x7fff_ff00 }, ...stream(...RUN)),
  'a size that is too small': chunk({ bytes: 199 }, ...stream(...RUN)),
  'a size that is too large': chunk({ bytes: 201 }, ...stream(...RUN)),
  'another length than it says': chunk({ length: 30 }, ...stream(...RUN)),
  'bytes behind its end': Uint8Array.from([...whole, 0]),
  'elements of no bytes': chunk({ typesize: 0 }, ...stream(...RUN)),
  'blocks of no bytes': chunk({ blockBytes: 0 }, ...stream(...RUN)),
  'blocks larger than all': chunk({ blockBytes: 201 }, ...stream(...RUN)),
  'splits of part of an element': chunk(
    { flags: 0x21, typesize: 3, bytes: 1000 },
    ...stream(...RUN),
  ),
  'a block behind its end': chunk({}, 200, 0, 0, 0, ...RUN),
  'a block before its start': chunk({}, 0xff, 0xff, 0xff, 0xff, ...RUN),
  'a stream longer than what follows': chunk({}, 20, 0, 0, 0, 200, 0, 0, 0, ...RUN),
  'a stream cut off': chunk({}, ...stream(...RUN.slice(0, -1))),
  'places of blocks cut off': chunk({ blockBytes: 10 }, ...stream(...RUN)),
  'a match from before its start': chunk({}, ...stream(0x1f, 97, 2, 0, 176, 0x50, 1, 1, 1, 1, 1)),
  'stored bytes of another size': chunk({ flags: 0x33, bytes: 5 }, 1, 2, 3, 4),
  'streams of snappy': chunk({ flags: 0x51 }, ...stream(...RUN)),
  'streams of no known format': chunk({ flags: 0xf1 }, ...stream(...RUN)),
  'a broken stream of BloscLZ': chunk({ flags: 0x11 }, ...stream(0, 97, 0xe0, 255)),
  'a broken stream of zlib': chunk({ flags: 0x71 }, ...stream(0x78, 0x9c, 7, 7, 7)),
};
