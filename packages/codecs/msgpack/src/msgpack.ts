import { Encode, type Payload, quote, SchemaError, type Store, typeName } from '@spillway/core';
import { isExtension, packExtension, unpackExtension } from './extension.js';
import { pack, plainView, unpack } from './pack.js';
import { isPlain } from './plain.js';

/**
 * Rows as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): values are arrays, joined by
 * concatenation, and hold whatever `structuredClone` takes.
 *
 * Each frame is one MessagePack array. A batch of plain values (null, booleans, numbers, bigints of 64 bits,
 * strings, dates, bytes, arrays and objects) is written so that any reader of MessagePack understands it;
 * any other batch is an array of one extension; `extension.ts` says what it holds.
 *
 * @param store the byte store to wrap.
 * @typeParam T what the arrays hold; stored bytes are not checked against it.
 * @throws {TypeError} when `store` holds no bytes.
 */
export function Msgpack<T = unknown>(store: Store): Store<T[]> {
  return Encode<T[]>(
    { name: 'Msgpack', check: checkArray, encode, decode: decode<T>, join },
    store,
  );
}

/** `array of 1`. */
const ONE = Uint8Array.of(0x91);

function checkArray(value: unknown, key: string): void {
  if (!Array.isArray(value)) {
    throw new SchemaError(
      `the value of key ${quote(key)} must be an array, not ${typeName(value)}`,
      { key },
    );
  }
}

function encode(rows: unknown[]): Payload {
  return isPlain(rows) ? pack(rows) : [ONE, ...packExtension(rows)];
}

function decode<T>(payload: Uint8Array): T[] {
  if (payload[0] === ONE[0] && isExtension(payload, 1)) return unpackExtension(payload, 1) as T[];
  const rows = unpack(plainView(payload, 0));
  if (!Array.isArray(rows)) throw new TypeError('it is no array');
  return rows;
}

function join<T>(batches: T[][]): T[] {
  if (batches.length === 1) return batches[0] as T[];
  const rows: T[] = [];
  for (const batch of batches) for (const row of batch) rows.push(row);
  return rows;
}
