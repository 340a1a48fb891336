/** `BZh`, then the digit of the level. */
const MAGIC = [0x42, 0x5a, 0x68] as const;

/** What follows the level: a block, or the end of a stream of nothing. */
const BLOCK = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59] as const;
const END = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90] as const;

const HEADER_BYTES = 10;

/** Bits of the end of a stream: its magic number and the checksum. */
const END_BITS = 80;

/**
 * The streams of a payload, which follow each other without anything between. The library reads one and doesn't say
 * where it ends, so that they are found by their headers, of 80 bits that nothing else looks like.
 *
 * @throws {RangeError} when one doesn't end as a stream does.
 */
export function splitStreams(payload: Uint8Array): Uint8Array[] {
  const starts = [0];
  for (let at = 1; ; at++) {
    at = payload.indexOf(MAGIC[0], at);
    if (at < 0) break;
    if (isHeader(payload, at)) starts.push(at);
  }
  const streams = starts.map((start, i) => payload.subarray(start, starts[i + 1]));
  if (streams.every(endsAsStream)) return streams;
  throw new RangeError('it is cut off, or other bytes follow its end');
}

function isHeader(payload: Uint8Array, at: number): boolean {
  const level = payload[at + 3] as number;
  return (
    at + HEADER_BYTES <= payload.length &&
    startsWith(payload, at, MAGIC) &&
    level >= 0x31 &&
    level <= 0x39 &&
    (startsWith(payload, at + 4, BLOCK) || startsWith(payload, at + 4, END))
  );
}

function startsWith(payload: Uint8Array, at: number, expected: readonly number[]): boolean {
  return expected.every((byte, i) => payload[at + i] === byte);
}

/** Whether the magic number of an end stands where it must, before up to seven bits that fill the last byte. */
function endsAsStream(payload: Uint8Array): boolean {
  const tail = payload.subarray(-(END_BITS / 8 + 1));
  if (payload.length < 4 + END_BITS / 8) return false;
  let bits = 0n;
  for (const byte of tail) bits = (bits << 8n) | BigInt(byte);
  const expected = END.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  for (let filling = 0n; filling < 8n; filling++) {
    if (BigInt.asUintN(48, bits >> (32n + filling)) === expected) return true;
  }
  return false;
}
