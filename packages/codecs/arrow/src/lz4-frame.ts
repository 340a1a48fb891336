import { xxh32 } from './xxh32.js';

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;

/**
 * Decodes an LZ4 frame (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md) of `length` bytes.
 *
 * @throws {RangeError} saying what is wrong with it.
 */
export function decodeLz4Frame(frame: Uint8Array, length: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) fail('it has another beginning');
  const flags = view.getUint8(4);
  if (flags >> 6 !== 1 || (flags & 1) !== 0)
    fail('it is of a version or with a dictionary unknown here');
  const blockChecksums = (flags & 0x10) !== 0;
  let at = 6 + ((flags & 8) !== 0 ? 8 : 0);
  if (at + 1 > frame.length) fail('it is cut off');
  if (view.getUint8(at) !== ((xxh32(frame.subarray(4, at)) >>> 8) & 0xff))
    fail('its header is damaged');
  at++;
  const output = new Uint8Array(length);
  let written = 0;
  for (;;) {
    const size = uint32(view, at);
    at += 4;
    if (size === 0) break;
    const end = at + (size & ~UNCOMPRESSED);
    if (end > frame.length) fail('a block is cut off');
    const block = frame.subarray(at, end);
    if (size < UNCOMPRESSED) written = decodeBlock(block, output, written);
    else {
      if (block.length > length - written) fail('it is longer than it says');
      output.set(block, written);
      written += block.length;
    }
    at = end;
    if (!blockChecksums) continue;
    if (uint32(view, at) !== xxh32(block)) fail('a block is damaged');
    at += 4;
  }
  if (written !== length) fail(`it holds ${written} bytes and says ${length}`);
  if ((flags & 4) !== 0 && uint32(view, at) !== xxh32(output)) fail('its contents are damaged');
  return output;
}

/** Decodes a block behind what is in `output` already, which it may copy from, and gives where it ends. */
function decodeBlock(block: Uint8Array, output: Uint8Array, begin: number): number {
  const end = block.length;
  let at = 0;
  let to = begin;
  const extend = (length: number) => {
    let total = length;
    for (let more = 255; more === 255 && at < end; total += more) more = block[at++] as number;
    return total;
  };
  while (at < end) {
    const token = block[at++] as number;
    const literals = token >> 4 === 15 ? extend(15) : token >> 4;
    if (at + literals > end || to + literals > output.length) fail('a block is damaged');
    output.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at === end) return to;
    if (at + 2 > end) fail('a block is cut off');
    const from = to - ((block[at] as number) | ((block[at + 1] as number) << 8));
    at += 2;
    const matched = 4 + ((token & 15) === 15 ? extend(15) : token & 15);
    if (from < 0 || from === to || to + matched > output.length) fail('a block is damaged');
    if (from + matched <= to) output.copyWithin(to, from, from + matched);
    else for (let i = 0; i < matched; i++) output[to + i] = output[from + i] as number;
    to += matched;
  }
  return to;
}

function uint32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) fail('it is cut off');
  return view.getUint32(at, true);
}

function fail(what: string): never {
  throw new RangeError(`a buffer is no LZ4 frame: ${what}`);
}
