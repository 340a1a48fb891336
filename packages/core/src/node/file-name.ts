import { MAX_KEY_BYTES } from '../key.js';

/**
 * Where a key's bytes are, relative to the store's directory: the key's parts, separated by `/`, are a path.
 *
 * - UTF-8 bytes outside `A-Za-z0-9-_.() ` become `%XX`, so most keys are their own file name. A `%` that no
 *   two upper-case hexadecimal digits follow therefore marks a name that is no key's part.
 * - `.`, `..` and `.lock`, which Python's partd uses, become `%2E`, `%2E.` and `%2Elock`; an empty part `%_`.
 * - From the 32nd part on, the rest of the key is one name, with `%2F` for `/`: depth costs time.
 * - A name of more than 255 bytes is cut into folders, `<240 bytes>%-/<the rest>`.
 * - Where a folder has the name already, the key's file is in it: `a/%self`. Where a file has it, the folder
 *   is beside it: `%folders/a`. Whoever comes first has the plain name; see {@link KeyFiles}.
 *
 * No two keys share a path, and none leads out of the directory.
 */

/** The file, inside the folder of the same name, of a key that also begins longer keys. */
export const SELF = '%self';

/** The folder of those folders whose names are taken by files. */
export const FOLDERS = '%folders';

const MAX_PARTS = 32;

const EMPTY_PART = '%_';

/** Ends the name of a folder that is the first piece of a longer name. */
const CONTINUED = '%-';

/** What file systems allow. */
const MAX_NAME_BYTES = 255;

/** Leaves more than the length of `.lock` for the last piece, which then can't be a name of its own meaning. */
const PIECE_BYTES = 240;

const PLAIN = /^[A-Za-z0-9\-_.() ]+$/;
const RESERVED = /^\.(\.|lock)?$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The names on the way to a key's file, the file's own last. */
export function namesOf(key: string): string[] {
  const names = partsOf(key).map(nameOfPart);
  return names.some((name) => name.length > MAX_NAME_BYTES) ? names.flatMap(cut) : names;
}

/**
 * The key of a path, given as {@link namesOf} gives it; `undefined` when it is no key's, such as that of a
 * file that somebody else put there.
 */
export function keyOf(names: readonly string[]): string | undefined {
  const key = spelledBy(names);
  return key === undefined || key === '' || Buffer.byteLength(key) > MAX_KEY_BYTES
    ? undefined
    : key;
}

/** The text that names spell, as {@link namesOf} would: that of a folder is the beginning of keys. */
export function spelledBy(names: readonly string[]): string | undefined {
  const parts: string[] = [];
  let begun = '';
  for (const name of names) {
    if (continues(name)) {
      begun += name.slice(0, -CONTINUED.length);
      continue;
    }
    const part = partOfName(begun + name);
    if (part === undefined) return undefined;
    parts.push(part);
    begun = '';
  }
  const key = parts.join('/');
  const own = namesOf(key);
  // Other spellings of the same key, `%2f` or a name cut elsewhere, are not its file.
  return own.length === names.length && own.every((name, i) => name === names[i]) ? key : undefined;
}

/** Whether a name is a piece of a longer one, to be continued in the folder. */
export function continues(name: string): boolean {
  return name.endsWith(CONTINUED);
}

function partsOf(key: string): string[] {
  const parts = key.split('/');
  if (parts.length <= MAX_PARTS) return parts;
  return [...parts.slice(0, MAX_PARTS - 1), parts.slice(MAX_PARTS - 1).join('/')];
}

function nameOfPart(part: string): string {
  if (PLAIN.test(part)) return RESERVED.test(part) ? `%2E${part.slice(1)}` : part;
  if (part === '') return EMPTY_PART;
  let name = '';
  for (const byte of encoder.encode(part)) name += BYTE_NAMES[byte];
  return name;
}

function partOfName(name: string): string | undefined {
  if (name === EMPTY_PART) return '';
  if (!name.includes('%')) return name;
  if (!/^(?:[^%]|%[0-9A-F]{2})+$/.test(name)) return undefined;
  const bytes = name
    .match(/%..|[^%]/g)
    ?.map((unit) => (unit.length === 3 ? Number.parseInt(unit.slice(1), 16) : unit.charCodeAt(0)));
  try {
    return decoder.decode(Uint8Array.from(bytes ?? []));
  } catch {
    return undefined;
  }
}

function cut(name: string): string[] {
  const pieces: string[] = [];
  let rest = name;
  for (; rest.length > MAX_NAME_BYTES; rest = rest.slice(PIECE_BYTES)) {
    pieces.push(rest.slice(0, PIECE_BYTES) + CONTINUED);
  }
  return [...pieces, rest];
}

const BYTE_NAMES = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return PLAIN.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
