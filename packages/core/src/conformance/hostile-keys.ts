import fc from 'fast-check';
import { MAX_KEY_BYTES } from '../key.js';

/** Valid keys that file names, routes, protocols and JavaScript objects are known to stumble over. */
export const hostileKeys: readonly string[] = [
  // Paths, and what climbs out of directories.
  ...[
    'a',
    'a/b',
    'a/b/c',
    'a/',
    '/a',
    '/',
    '//',
    'a//b',
    '.',
    '..',
    './a',
    '../a',
    'a/..',
    'a/../b',
  ],
  ...[
    '../../../../tmp/x',
    '/etc/passwd',
    '~',
    '~root',
    'a\\b',
    '..\\a',
    'C:\\x',
    'c:x',
    '\\\\host\\x',
  ],
  // What stores may use for themselves.
  ...[
    '.lock',
    'a.lock',
    'a/.lock',
    '.tmp',
    '.dtype',
    'a.dtype',
    'index',
    'LOCK',
    '.spillway',
    '.git',
  ],
  // Characters with a meaning somewhere.
  ...[
    '\0',
    'a\0',
    'a\0b',
    '\n',
    '\r\n',
    '\t',
    ' ',
    ' a',
    'a ',
    '  ',
    'a.',
    'a..',
    '-',
    '--',
    '-rf',
  ],
  ...[
    '*',
    '?',
    '[a]',
    '{a}',
    '{a}b',
    '{}',
    '"',
    "'",
    '`',
    '$HOME',
    '#',
    '&',
    ';',
    '|',
    '<',
    '>',
    ':',
    '!',
  ],
  ...[
    '%',
    '%%',
    '%2F',
    'a%2Fb',
    '%2f',
    '%25',
    '%252F',
    '%00',
    '%2E%2E',
    'a%2',
    '-|-',
    'a-|-b',
    '_',
    ',',
  ],
  ...[
    '\u007f',
    '\u0080',
    '\u00a0',
    '\u200b',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '\u202e',
    '\ue000',
    '\uffff',
  ],
  // Names that differ by case, width, normalisation or look alone.
  ...[
    'A',
    'A/B',
    'aux',
    'AUX',
    'con',
    'nul',
    'I',
    'i',
    '\u0131',
    '\u0130',
    'ss',
    '\u00df',
    '\u1e9e',
  ],
  ...['K', '\u212a', 'fi', '\ufb01', '\uff41', '\u0430', '\u00e9', 'e\u0301', '\u00c9', 'E\u0301'],
  ...['\u00c5', 'A\u030a', '\u212b', '\uac00', '\u1100\u1161', '日本', '👩\u200d👧', '\u{10ffff}'],
  // What objects have already, and what looks like an index.
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'then',
    'length',
  ],
  ...[
    '0',
    '00',
    '1',
    '-1',
    '-0',
    '1.0',
    '1e3',
    '4294967294',
    '9007199254740993',
    'NaN',
    'null',
    'undefined',
  ],
  // Long parts, and keys of the greatest length.
  'p'.repeat(200),
  'p'.repeat(255),
  'p'.repeat(256),
  'p'.repeat(900),
  `${'p'.repeat(900)}/${'q'.repeat(123)}`,
  'k'.repeat(MAX_KEY_BYTES),
  `${'k'.repeat(MAX_KEY_BYTES - 1)}l`,
  'é'.repeat(MAX_KEY_BYTES / 2),
  '語'.repeat(341),
  '😀'.repeat(MAX_KEY_BYTES / 4),
  '/'.repeat(MAX_KEY_BYTES),
  '\0'.repeat(MAX_KEY_BYTES),
  '%'.repeat(MAX_KEY_BYTES),
  '../'.repeat(341),
  'd/'.repeat(MAX_KEY_BYTES / 2),
];

/** What is no key. */
export const badKeys: readonly unknown[] = [
  '',
  'k'.repeat(MAX_KEY_BYTES + 1),
  `${'é'.repeat(MAX_KEY_BYTES / 2)}a`,
  '😀'.repeat(MAX_KEY_BYTES / 4 + 1),
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  undefined,
  null,
  true,
  1n,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  {},
  ['a'],
  new Uint8Array(1),
  new Date(0),
  () => 'a',
  Symbol('a'),
];

/** Valid keys: hostile ones, pieces of them put together, and any text. */
export function anyKey(): fc.Arbitrary<string> {
  const listed = fc.constantFrom(...hostileKeys);
  const short = hostileKeys.filter((key) => key.length < 20);
  const composed = fc
    .array(fc.constantFrom(...short, '/', '.', '%', '\0'), { minLength: 2, maxLength: 6 })
    .map((pieces) => pieces.join(''));
  const characters = fc.oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  );
  const text = fc
    .array(characters, { minLength: 1, maxLength: 40 })
    .map((codes) => String.fromCodePoint(...codes));
  return fc
    .oneof(listed, composed, text)
    .filter((key) => key.isWellFormed() && Buffer.byteLength(key) <= MAX_KEY_BYTES);
}
