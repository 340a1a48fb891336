import { isUtf8 } from 'node:buffer';
import {
  type Batch,
  key as composite,
  KeyError,
  keyParts,
  ProtocolError,
  quote,
} from '@spillway/core';
import { asBuffer } from './body.js';
import type { Frames } from './header.js';

/** What partd puts between the parts of a composite key. */
const SEPARATOR = '-|-';

/** A command of partd's protocol (`partd/zmq.py`): a word, then keys and values as frames of their own. */
export type PartdCommand =
  | { readonly command: 'syn' | 'drop' | 'close' }
  | { readonly command: 'append'; readonly batch: Batch<Uint8Array> }
  | { readonly command: 'iset'; readonly key: string; readonly value: Uint8Array }
  | { readonly command: 'get' | 'delete'; readonly keys: readonly string[] };

/** Whether a message begins with a word, as partd's commands do and requests of spillway/1 don't. */
export function isPartdMessage([first]: Frames): boolean {
  return first !== undefined && (first[0] ?? 0) >= 0x20;
}

/** A command as the message that Python's client would send. @throws {KeyError} see {@link toPartdKey}. */
export function packPartd(command: PartdCommand): Frames {
  const word = Buffer.from(command.command);
  switch (command.command) {
    case 'append': {
      const { keys, values } = command.batch;
      return [
        word,
        ...keys.flatMap((key, i) => [toPartdKey(key), asBuffer(values[i] as Uint8Array)]),
      ];
    }
    case 'iset':
      return [word, toPartdKey(command.key), asBuffer(command.value)];
    case 'get':
    case 'delete':
      return [word, ...command.keys.map(toPartdKey)];
    default:
      return [word];
  }
}

/**
 * Reads a message of Python's client.
 *
 * @throws {ProtocolError} for an unknown command or a wrong number of frames.
 * @throws {KeyError} for a key that no store takes.
 */
export function readPartd(frames: Frames): PartdCommand {
  const [word, ...rest] = frames;
  const command = asBuffer(word ?? new Uint8Array(0)).toString('latin1', 0, 16);
  switch (command) {
    case 'syn':
    case 'drop':
    case 'close':
      return { command };
    case 'append': {
      if (rest.length % 2 === 1)
        throw new ProtocolError("partd's append has a key without a value");
      const keys = rest.filter((_, i) => i % 2 === 0).map(fromPartdKey);
      return { command, batch: { keys, values: rest.filter((_, i) => i % 2 === 1) } };
    }
    case 'iset': {
      const [key, value] = rest;
      if (!key || !value || rest.length > 2)
        throw new ProtocolError("partd's iset takes one key and one value");
      return { command, key: fromPartdKey(key), value };
    }
    case 'get':
    case 'delete':
      return { command, keys: rest.map(fromPartdKey) };
    default:
      throw new ProtocolError(`${quote(command)} is no command of partd's protocol`);
  }
}

/**
 * A key of ours as partd writes it: its parts joined by `-|-`.
 *
 * @throws {KeyError} when partd would read other parts than the key has, or another key has the same form.
 */
export function toPartdKey(key: string): Buffer {
  const parts = keyParts(key);
  const text = parts.join(SEPARATOR);
  const again = text.split(SEPARATOR);
  if (
    again.length !== parts.length ||
    again.some((part, i) => part !== parts[i]) ||
    composite(...parts) !== key
  ) {
    throw new KeyError(
      `key ${quote(key)} has no form in partd's protocol, which joins the parts of a key by ${quote(SEPARATOR)}`,
      { key },
    );
  }
  return Buffer.from(text);
}

/** A key of partd's as ours: parts joined by `/`, a `/` within a part escaped. @throws {KeyError} */
export function fromPartdKey(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString();
  if (!isUtf8(bytes))
    throw new KeyError(`a key of a partd client is not UTF-8: ${quote(text)}`, { key: text });
  return composite(...text.split(SEPARATOR));
}
