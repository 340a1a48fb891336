import { createHash } from 'node:crypto';
import { MAX_KEY_BYTES } from '@spillway/core';

/**
 * Where an entry's files are, relative to the directory. `core` has names for the files of keys, too, but one of
 * these has an ending that says what is in it: here a name's own dots are escaped, so that the first dot begins the
 * ending, and room is left for it.
 *
 * - The parts of a name, separated by `/`, are a path: `eu/bob` is `eu/bob.npy`. Folders have no dot, files have, so
 *   `a` is beside `a/b`.
 * - UTF-8 bytes outside `A-Za-z0-9-_() ` become `%XX`; an empty part `%_`.
 * - A part of more than 200 bytes is cut into folders, `<200 bytes>%-/<the rest>`.
 * - From the 32nd part on, the rest of the name is one part, with `%2F` for `/`: depth costs time.
 *
 * No two names share a path, none leads out of the directory, and none is `%lock`, `%new` or `%journal`.
 */
export function stemOf(name: string): string {
  const parts = name.split('/');
  const rest = parts.splice(MAX_PARTS - 1);
  return [...parts, ...(rest.length > 0 ? [rest.join('/')] : [])].map(stemOfPart).join('/');
}

/** The name whose files have this stem; `undefined` when it is none's, as of a file that somebody else put there. */
export function nameOf(stem: string): string | undefined {
  const bytes = stem
    .replaceAll(`${CONTINUED}/`, '')
    .replace(/%_/g, '')
    .replace(/%([0-9A-F]{2})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  const name = Buffer.from(bytes, 'latin1').toString('utf8');
  if (name === '' || Buffer.byteLength(name) > MAX_KEY_BYTES) return undefined;
  // Other spellings of the same name, `%2f` or a part cut elsewhere, are not its files.
  return stemOf(name) === stem ? name : undefined;
}

/** What an entry is called where its name would take too much room: its beginning and a hash. */
export function idOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `${escapeBytes(name).slice(0, 60)},${hash}`;
}

const MAX_PARTS = 32;
const EMPTY_PART = '%_';
const PIECE_BYTES = 200;

/** Ends the name of a folder that is the first piece of a longer name. */
const CONTINUED = '%-';

function stemOfPart(part: string): string {
  if (part === '') return EMPTY_PART;
  const escaped = escapeBytes(part);
  return (escaped.match(PIECE) as string[]).join(`${CONTINUED}/`);
}

const PIECE = new RegExp(`.{1,${PIECE_BYTES}}`, 'g');

function escapeBytes(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(
      /[^A-Za-z0-9\-_() ]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}
