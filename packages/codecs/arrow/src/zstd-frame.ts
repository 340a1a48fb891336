import { Decompress, decompress } from 'fzstd';

const MAGIC = 0xfd2fb528;

/** Bytes of the dictionary's id and of the content's size, by the flags that say so. */
const ID_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];

/** The largest window that every decoder is asked to have memory for (RFC 8878, 3.1.1.1.2). */
const MAX_WINDOW_BYTES = 8 * 2 ** 20;

/**
 * Decodes a Zstandard frame (https://www.rfc-editor.org/rfc/rfc8878) of `length` bytes. A checksum, which writers of
 * Arrow don't add, isn't looked at; nor is every number, so a frame made to take long does.
 *
 * @throws {RangeError} saying what is wrong with it.
 */
export function decodeZstdFrame(frame: Uint8Array, length: number): Uint8Array {
  const { contentBytes, windowBytes } = readHeader(frame);
  if (contentBytes === undefined) return decodeUnsized(frame, windowBytes, length);
  if (contentBytes !== length) fail(`it holds ${contentBytes} bytes and says ${length}`);
  const output = attempt(() => decompress(frame, new Uint8Array(length)));
  if (output.length !== length) fail('another one follows it');
  return output;
}

/** Decodes a frame that doesn't say how much it holds. */
function decodeUnsized(frame: Uint8Array, windowBytes: number, length: number): Uint8Array {
  if (windowBytes > MAX_WINDOW_BYTES) fail(`its window of ${windowBytes} bytes is too large`);
  const output = new Uint8Array(length);
  let written = 0;
  const stream = new Decompress((piece) => {
    if (piece.length > length - written) throw new RangeError(`it holds more than ${length} bytes`);
    output.set(piece, written);
    written += piece.length;
  });
  attempt(() => stream.push(frame, true));
  if (written !== length) fail(`it holds ${written} bytes and says ${length}`);
  return output;
}

function readHeader(frame: Uint8Array): {
  readonly contentBytes: number | undefined;
  readonly windowBytes: number;
} {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 9 || view.getUint32(0, true) !== MAGIC) fail('it has another beginning');
  const flags = view.getUint8(4);
  const isSingle = (flags & 0x20) !== 0;
  const sizeBytes = flags < 0x40 && isSingle ? 1 : (SIZE_BYTES[flags >> 6] as number);
  const at = (isSingle ? 5 : 6) + (ID_BYTES[flags & 3] as number);
  if (at + sizeBytes > frame.length) fail('it is cut off');
  const window = view.getUint8(5);
  const windowBase = 2 ** (10 + (window >> 3));
  return {
    contentBytes: sizeBytes === 0 ? undefined : readSize(view, at, sizeBytes),
    windowBytes: windowBase + (windowBase / 8) * (window & 7),
  };
}

function readSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  // Two bytes count from 256 on, which one byte can't.
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function attempt<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    return fail((cause as Error).message);
  }
}

function fail(what: string): never {
  throw new RangeError(`a buffer is no Zstandard frame: ${what}`);
}
