/**
 * Strings of JavaScript may hold lone surrogates, which UTF-8 has no bytes for. WTF-8 (https://simonsapin.github.io/wtf-8/)
 * writes them in three bytes like any other code point, and is UTF-8 for all other strings.
 */
export function writeWtf8(value: string): Buffer {
  const bytes: number[] = [];
  for (const character of value) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff)
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes.push(...Buffer.from(character, 'utf8'));
  }
  return Buffer.from(bytes);
}

/** The string whose bytes these are, in UTF-8 or WTF-8. */
export function readWtf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let result = '';
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    const surrogate = bytes[at] === 0xed && (bytes[at + 1] as number) >= 0xa0;
    if (!surrogate) continue;
    const code =
      0xd000 | (((bytes[at + 1] as number) & 0x3f) << 6) | ((bytes[at + 2] as number) & 0x3f);
    result += bytes.toString('utf8', from, at) + String.fromCharCode(code);
    from = at + 3;
  }
  return result + bytes.toString('utf8', from);
}
