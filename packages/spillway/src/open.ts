import { Arrow } from '@spillway/arrow';
import { Blosc } from '@spillway/blosc';
import { Buffer } from '@spillway/buffer';
import { BZ2 } from '@spillway/bzip2';
import { Client } from '@spillway/client';
import {
  isSpec,
  parseSpec,
  SchemaError,
  type Spec,
  type SpecValue,
  type Store,
} from '@spillway/core';
import { Dict } from '@spillway/dict';
import { File } from '@spillway/file';
import { Log } from '@spillway/log';
import { LZ4 } from '@spillway/lz4';
import { Msgpack } from '@spillway/msgpack';
import { Snappy } from '@spillway/snappy';
import { TypedArray } from '@spillway/typed-array';
import { ZLib } from '@spillway/zlib';
import { Zstd } from '@spillway/zstd';

/** A factory as text calls it: what it takes and makes is known to it alone. */
type Factory = (...args: never[]) => unknown;

/** Every factory a spec may name. */
const factories: ReadonlyMap<string, Factory> = new Map(
  Object.entries({
    Arrow,
    Blosc,
    Buffer,
    BZ2,
    Client,
    Dict,
    File,
    Log,
    LZ4,
    Msgpack,
    Snappy,
    TypedArray,
    ZLib,
    Zstd,
  }),
);

/**
 * Opens a store from its spec, as `String(store)` gives it, in this or any other process:
 * `open('Msgpack(LZ4(File("orders")))')`.
 *
 * @typeParam V what the outermost layer holds; the caller knows, the text can't.
 * @throws {SchemaError} when the text is no spec or names an unknown store.
 * @throws {TypeError} when the nesting is wrong, as in `LZ4(Msgpack(Dict()))`.
 */
export function open<V = Uint8Array>(spec: string): Store<V> {
  return make(parseSpec(spec)) as unknown as Store<V>;
}

function make({ name, args }: Spec): Store {
  const factory = factories.get(name);
  if (!factory) {
    throw new SchemaError(
      `no store is called ${name}; there are ${[...factories.keys()].join(', ')}`,
    );
  }
  // Wrong arguments are found by the factories themselves: a spec is text, which no compiler has seen.
  const call = factory as (...args: (Store | SpecValue)[]) => Store;
  return call(...args.map((arg) => (isSpec(arg) ? make(arg) : arg)));
}
