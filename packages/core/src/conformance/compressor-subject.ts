import type { CompressorOptions } from '../compressor.js';
import type { Store } from '../store.js';
import { pseudoRandomBytes } from './values.js';

/** A compressor under test. */
export interface CompressorSubject {
  readonly name: string;
  readonly make: (store: Store, options?: CompressorOptions) => Store;
  /** Makes a store of bytes in memory. */
  readonly memory: () => Store;
  /** Whether the format has a checksum, so that no changed bit goes unnoticed. */
  readonly checksum: boolean;
  /** Whether large values are worked on outside the event loop. */
  readonly pooled: boolean;
  /** Payloads that must be refused, by what is wrong with them. */
  readonly wrong: { readonly [what: string]: Uint8Array };
  /** What a fuzzer in a process of its own works on. */
  readonly built?: {
    /** The folder of the package, whose build exports the layer by its {@link name}. */
    readonly folder: string;
    /** The package, one that it has installed, that exports `Dict`. */
    readonly memory: string;
    /** The Node that runs it, when not this one. */
    readonly node?: string;
  };
  /** The same format in Python: the module, and its functions from bytes to bytes. */
  readonly python: {
    readonly module: string;
    readonly compress: string;
    readonly decompress: string;
  };
  /** The layer's name in `partd`, where it has one. */
  readonly partd?: string;
}

/** Values to compress, by what they are. */
export const SAMPLES: { readonly [what: string]: Uint8Array } = {
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  text: new TextEncoder().encode('{"origin":"SFO","destination":"LAX"},'.repeat(500)),
  'what barely compresses': pseudoRandomBytes(1, 100_000),
  'what compresses best': new Uint8Array(3_000_000),
};

/** Whether two values are the same bytes; quicker than jest's `toEqual`. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
