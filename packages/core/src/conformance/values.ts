/**
 * Sample values of a store under test, named by number: the suite keeps numbers and compares what a store
 * gives with what {@link make} and {@link join} make of them.
 */
export interface Values<V> {
  /** The value of a number: the same for the same number, joined or alone unlike those of others. */
  readonly make: (seed: number) => V;
  /** The join of parts; of none, what an absent key holds. */
  readonly join: (parts: V[]) => V;
  /** What two equal values have in common, for jest's `toEqual`. Default: the value itself. */
  readonly comparable?: (value: V) => unknown;
  /** Changes a value in place, all of it, as its owner may once an append has resolved. */
  readonly scribble: (value: V) => void;
  /** What the store must refuse with a `SchemaError`. */
  readonly wrong: readonly unknown[];
}

/** Values of stores of bytes. */
export const byteValues: Values<Uint8Array> = {
  make: (seed) => pseudoRandomBytes(seed, 1 + ((seed * 7919) % 97)),
  join: (parts) => new Uint8Array(Buffer.concat(parts)),
  comparable: (value) => (value instanceof Uint8Array ? hex(value) : { 'not bytes': value }),
  scribble: (value) => {
    value.fill(0xee);
  },
  wrong: [
    undefined,
    null,
    'text',
    7,
    1n,
    true,
    {},
    [1, 2],
    [new Uint8Array(2)],
    new Uint16Array(2),
    new Uint8ClampedArray(2),
    new ArrayBuffer(2),
    new DataView(new ArrayBuffer(2)),
    new Date(0),
    Promise.resolve(new Uint8Array(2)),
    () => new Uint8Array(2),
    Symbol('bytes'),
  ],
};

/** Looked up once: in jest's world a global costs more than the arithmetic. */
const { imul } = Math;

/** Bytes that look random and depend on the seed alone; the seed is in the first four. */
export function pseudoRandomBytes(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = (seed + 1) | 0; i < length; i++) {
    bytes[i] = i < 4 ? seed >>> (8 * i) : state >>> 24;
    state = (imul(state, 1664525) + 1013904223) | 0;
  }
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
