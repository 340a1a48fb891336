/** What a frame says of its size, before anything is decoded. */
export interface FrameSize {
  /** The size of the content, where the frame has it. */
  readonly content: number | undefined;
  /** The most that its blocks can hold. */
  readonly most: number;
}

const MAGIC = 0xfd2f_b528;

/** Bytes that a block becomes at most: "Block_Maximum_Size", RFC 8878, section 3.1.1.2.4. */
const MAX_BLOCK_BYTES = 2 ** 17;

const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_BYTES = [0, 2, 4, 8] as const;

/**
 * Walks over the blocks of a payload that is one frame, as RFC 8878, section 3.1.1, has it, and decodes none.
 *
 * @throws {RangeError} when it is no frame, torn, or followed by other bytes.
 */
export function readFrame(payload: Uint8Array): FrameSize {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < 5 || view.getUint32(0, true) !== MAGIC)
    throw new RangeError('it does not begin as a zstd frame');
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const contentFlag = descriptor >> 6;
  const contentAt = 5 + (single ? 0 : 1) + (DICTIONARY_BYTES[descriptor & 3] as number);
  const contentBytes =
    contentFlag === 0 ? (single ? 1 : 0) : (CONTENT_BYTES[contentFlag] as number);
  let at = contentAt + contentBytes;
  if (at > payload.length) throw new RangeError('its header is cut off');
  const content = contentBytes > 0 ? contentSize(view, contentAt, contentBytes) : undefined;
  const blockBytes = Math.min(single ? (content as number) : windowSize(view), MAX_BLOCK_BYTES);

  let most = 0;
  for (let last = false; !last; ) {
    if (at + 3 > payload.length) throw new RangeError('its blocks are cut off');
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const size = header >> 3;
    const kind = (header >> 1) & 3;
    if (kind === 3) throw new RangeError('a block is of no known kind');
    // A run takes one byte, however long it is.
    at += 3 + (kind === 1 ? 1 : size);
    most += kind === 2 ? blockBytes : size;
    last = (header & 1) === 1;
  }
  if (descriptor & 4) at += 4;
  if (at > payload.length) throw new RangeError('its last block or its checksum is cut off');
  if (at < payload.length) throw new RangeError(`${payload.length - at} bytes follow its end`);
  return { content, most };
}

/**
 * The frame with the size of its content in its header, which encoders leave out that are handed bytes in pieces:
 * readers reserve memory by it.
 */
export function withContentSize(frame: Uint8Array, bytes: number): Uint8Array {
  const descriptor = frame[4] as number;
  if (descriptor >= 0x40 || (descriptor & 0x20) !== 0) return frame;
  const at = 6 + (DICTIONARY_BYTES[descriptor & 3] as number);
  const sized = new Uint8Array(frame.length + 4);
  sized.set(frame.subarray(0, at));
  sized[4] = descriptor | 0x80;
  new DataView(sized.buffer).setUint32(at, bytes, true);
  sized.set(frame.subarray(at), at + 4);
  return sized;
}

function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

function windowSize(view: DataView): number {
  const descriptor = view.getUint8(5);
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
