import { readFile } from 'node:fs/promises';
import { CorruptError, quote, typeName } from '@spillway/core';
import { storageError, systemCode } from '@spillway/core/node';
import { checkMeta, isObject } from './metadata.js';

/** The bytes of a file of metadata. @throws {SchemaError} whose `field` is the path to what JSON can't hold. */
export function metaBytes(meta: object): Uint8Array {
  checkMeta(meta);
  return Buffer.from(`${JSON.stringify(meta, undefined, 2)}\n`);
}

/**
 * Reads a file of metadata; `null` if there is none.
 *
 * @throws {CorruptError} when it holds no JSON object.
 * @throws {StorageError}
 */
export async function loadMeta<M extends object>(path: string, name: string): Promise<M | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw storageError(error, 'read', path, { key: name });
  }
  try {
    const meta: unknown = JSON.parse(text);
    if (!isObject(meta)) throw new TypeError(`it is ${typeName(meta)}`);
    return meta as M;
  } catch (cause) {
    throw new CorruptError(
      `${path}, the metadata of entry ${quote(name)}, holds no JSON object; repair or delete it`,
      { key: name, path, cause },
    );
  }
}
