import {
  AuthError,
  ClosedError,
  ConnectionError,
  CorruptError,
  type ErrorDetails,
  KeyError,
  LockError,
  ProtocolError,
  SchemaError,
  SpillwayError,
  StorageError,
  TimeoutError,
  TooLargeError,
  UnknownOutcomeError,
} from '@spillway/core';
import type { Body } from './body.js';
import { MAX_ERROR_TEXT } from './protocol.js';

const CLASSES = {
  AuthError,
  ClosedError,
  ConnectionError,
  CorruptError,
  KeyError,
  LockError,
  ProtocolError,
  SchemaError,
  StorageError,
  TimeoutError,
  TooLargeError,
  UnknownOutcomeError,
};

const TEXT_FIELDS = ['key', 'path', 'address', 'field', 'holder'] as const;
const NUMBER_FIELDS = ['frame', 'offset', 'wanted', 'free', 'timeout'] as const;

type Fields = { [name in string]?: unknown };

/** An error as JSON: its class's name, its message, its code and its fields. */
export function packError(error: unknown): Buffer {
  const fields: Fields = {};
  if (error instanceof SpillwayError) {
    fields.name = error.name;
    fields.message = short(error.message);
    fields.code = error.code;
    for (const field of TEXT_FIELDS) fields[field] = short(error[field]);
    for (const field of NUMBER_FIELDS) fields[field] = error[field];
  } else fields.message = short(String(error));
  return Buffer.from(JSON.stringify(fields));
}

/**
 * The error that {@link packError} wrote, as an instance of the same class. What no class of ours is, the
 * server did not foresee: it becomes a `StorageError` that says so.
 *
 * @throws {ProtocolError} when the body is no error.
 */
export function unpackError(body: Body): SpillwayError {
  const fields = parse(body);
  const { name, message, code } = fields;
  if (typeof message !== 'string') body.fail('it has no message');
  const known = Object.entries(CLASSES).find(([className]) => className === name)?.[1];
  if (!known) return new StorageError(`the server failed: ${message}`);
  const details: { [name: string]: string | number } = {};
  for (const field of TEXT_FIELDS)
    if (typeof fields[field] === 'string') details[field] = fields[field];
  for (const field of NUMBER_FIELDS)
    if (typeof fields[field] === 'number') details[field] = fields[field];
  if (known === StorageError && typeof code === 'string') details.code = code;
  return new known(message, details satisfies ErrorDetails);
}

function parse(body: Body): Fields {
  const text = body.view(body.left).toString();
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === 'object' && fields !== null) return fields as Fields;
  } catch {
    // Told below: it is no JSON at all.
  }
  return body.fail('its error is not a JSON object');
}

function short(text: string | undefined): string | undefined {
  return text !== undefined && text.length > MAX_ERROR_TEXT
    ? `${text.slice(0, MAX_ERROR_TEXT - 3)}...`
    : text;
}
