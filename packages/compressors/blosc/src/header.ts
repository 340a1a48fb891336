/** How bytes are moved before they are compressed. */
export type Shuffle = 'none' | 'byte' | 'bit';

/** What the first bytes of a chunk say. */
export interface Header {
  readonly shuffle: Shuffle;
  /** Whether the bytes follow as they are. */
  readonly stored: boolean;
  /** Whether a block is one stream; otherwise it may be one for each byte of an element. */
  readonly whole: boolean;
  /** The format of the streams: see {@link FORMATS}. */
  readonly format: number;
  /** Bytes of an element. */
  readonly typesize: number;
  /** Bytes of the content. */
  readonly bytes: number;
  /** Bytes of a block of content; the last one may be shorter. */
  readonly blockBytes: number;
}

/** Bytes of a header: https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst */
export const HEADER_BYTES = 16;

/** The formats of streams, by their number. */
export const FORMATS = ['blosclz', 'lz4', 'snappy', 'zlib', 'zstd'] as const;
const LZ4_FORMAT = 1;

/** A chunk's sizes are signed 32-bit integers to the C library: BLOSC_MAX_BUFFERSIZE. */
export const MAX_BYTES = 2 ** 31 - 1 - HEADER_BYTES;

const VERSION = 2;
const MAX_SPLITS = 16;
const MIN_SPLIT_BYTES = 128;
const BYTE_SHUFFLE = 0x01;
const STORED = 0x02;
const BIT_SHUFFLE = 0x04;
const WHOLE = 0x10;

/** @throws {RangeError} when the payload is not one chunk, or its header contradicts itself. */
export function readHeader(payload: Uint8Array): Header {
  if (payload.length < HEADER_BYTES) throw new RangeError('its header is cut off');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [version, flags, typesize] = [view.getUint8(0), view.getUint8(2), view.getUint8(3)];
  if (version !== VERSION) throw new RangeError(`it is no chunk of version ${VERSION}`);
  const bytes = view.getUint32(4, true);
  const blockBytes = view.getUint32(8, true);
  const chunkBytes = view.getUint32(12, true);
  if (chunkBytes !== payload.length)
    throw new RangeError(`it claims ${chunkBytes} bytes and has ${payload.length}`);
  const stored = (flags & STORED) !== 0;
  if (stored && bytes !== chunkBytes - HEADER_BYTES)
    throw new RangeError(`it stores ${chunkBytes - HEADER_BYTES} bytes and claims ${bytes}`);
  if (typesize === 0 || blockBytes === 0 || bytes > MAX_BYTES || blockBytes > Math.max(bytes, 1))
    throw new RangeError('its header contradicts itself');
  return {
    shuffle: flags & BYTE_SHUFFLE ? 'byte' : flags & BIT_SHUFFLE ? 'bit' : 'none',
    stored,
    whole: (flags & WHOLE) !== 0,
    format: flags >> 5,
    typesize,
    bytes,
    blockBytes,
  };
}

/**
 * Whether a block may be one stream for each byte of an element: MAX_SPLITS and BLOSC_MIN_BUFFERSIZE, which were the
 * rule before chunks said it themselves.
 */
export function canSplit(blockBytes: number, typesize: number): boolean {
  return typesize <= MAX_SPLITS && Math.floor(blockBytes / typesize) >= MIN_SPLIT_BYTES;
}

/** Writes the header of a chunk of LZ4 streams. */
export function writeHeader(
  chunk: Uint8Array,
  { shuffle, stored, whole, typesize, bytes, blockBytes }: Omit<Header, 'format'>,
): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  view.setUint8(0, VERSION);
  // The version of the format within LZ4's streams.
  view.setUint8(1, 1);
  const filter = { none: 0, byte: BYTE_SHUFFLE, bit: BIT_SHUFFLE }[shuffle];
  view.setUint8(2, filter | (stored ? STORED : 0) | (whole ? WHOLE : 0) | (LZ4_FORMAT << 5));
  view.setUint8(3, typesize);
  view.setUint32(4, bytes, true);
  view.setUint32(8, blockBytes, true);
  view.setUint32(12, chunk.length, true);
}
