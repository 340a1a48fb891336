import { then } from './awaitable.js';
import { Encode, joinBytes } from './encode.js';
import { TooLargeError } from './errors.js';
import type { Awaitable } from './gate.js';
import type { SpecValue } from './spec.js';
import type { Store } from './store.js';

/** Options of every compressor. */
export interface CompressorOptions {
  /**
   * Bytes that one frame may decode to; larger values are refused when they are written, too.
   * Default 1 GiB.
   */
  readonly maxDecodedBytes?: number;
}

/** What makes a compressor. */
export interface Compression {
  /** The factory's name, as specs and messages show it. */
  readonly name: string;
  /** The compressor's own options as the spec shows them, where they differ from the defaults. */
  readonly options?: { readonly [name: string]: SpecValue };
  /** The most bytes that one byte of payload can become in this format. */
  readonly maxRatio: number;
  /** @param together how many values are compressed together; see {@link isPooled}. */
  readonly compress: (bytes: Uint8Array, together: number) => Awaitable<Uint8Array>;
  /** The size that a payload claims to decode to, where it says it. */
  readonly decodedBytes?: (payload: Uint8Array) => number | undefined;
  /**
   * Decodes a payload into memory of its own.
   *
   * @param bytes the claimed size, which is allowed; without a claim, the most that is.
   * @param together how many payloads are decompressed together.
   */
  readonly decompress: (
    payload: Uint8Array,
    bytes: number,
    together: number,
  ) => Awaitable<Uint8Array>;
}

const DEFAULT_MAX_DECODED_BYTES = 2 ** 30;

/**
 * A layer that compresses what it is handed. A size that a payload claims, but can't hold or isn't
 * allowed, is refused before memory is reserved for it.
 *
 * @throws {TypeError} when `store` holds no bytes, as in `LZ4(Msgpack(…))`, or for a wrong option.
 */
export function Compressor(
  compression: Compression,
  store: Store,
  { maxDecodedBytes: allowed = DEFAULT_MAX_DECODED_BYTES }: CompressorOptions = {},
): Store {
  const { name, maxRatio, compress, decodedBytes, decompress } = compression;
  if (!(Number.isSafeInteger(allowed) && allowed > 0)) {
    throw new TypeError(`maxDecodedBytes must be a whole number of bytes, not ${allowed}`);
  }
  const options = {
    ...compression.options,
    ...(allowed !== DEFAULT_MAX_DECODED_BYTES && { maxDecodedBytes: allowed }),
  };
  const allow = (bytes: number) => {
    if (bytes > allowed) {
      const message = `${bytes} bytes are more than maxDecodedBytes allows, ${allowed}`;
      throw new TooLargeError(message, { wanted: bytes, free: allowed });
    }
  };
  return Encode(
    {
      name,
      ...(Object.keys(options).length > 0 && { options }),
      encode: (bytes, together) => {
        allow(bytes.length);
        return compress(bytes, together);
      },
      decode: (payload, together) => {
        const possible = Math.floor(payload.length * maxRatio);
        const claimed = decodedBytes?.(payload);
        if (claimed === undefined)
          return decompress(payload, Math.min(possible, allowed), together);
        if (claimed > possible)
          throw new RangeError(`${payload.length} bytes can't hold the ${claimed} they claim`);
        allow(claimed);
        return then(decompress(payload, claimed, together), (bytes) => {
          if (bytes.length === claimed) return bytes;
          throw new RangeError(`it holds ${bytes.length} bytes and claims ${claimed}`);
        });
      },
      join: joinBytes,
    },
    store,
  );
}
