/**
 * For the types 0xc0 to 0xdf: how many bytes follow, or, negative, how many bytes of length do.
 * `NEVER` is the type that the format leaves out, `EXT` an extension.
 */
const NEVER = -128;
const EXT = -127;
const FOLLOWING = Int8Array.of(
  // nil, never used, false, true; bin 8, 16, 32; ext 8, 16, 32; float 32, 64; uint 8, 16, 32, 64
  ...[0, NEVER, 0, 0, -1, -2, -4, EXT, EXT, EXT, 4, 8, 1, 2, 4, 8],
  // int 8, 16, 32, 64; fixext 1, 2, 4, 8, 16; str 8, 16, 32; array 16, 32; map 16, 32
  ...[1, 2, 4, 8, EXT, EXT, EXT, EXT, EXT, -1, -2, -4, -2, -4, -2, -4],
);

/**
 * Checks that bytes are one whole MessagePack value with nothing after it, before anything is made of
 * them: no header may claim more than there is.
 *
 * @throws {RangeError} saying what is wrong.
 */
export function checkStructure(bytes: Uint8Array): void {
  const end = bytes.length;
  let at = 0;
  /** How many values must still come, at all depths together. Each takes a byte at least. */
  let values = 1;
  for (; values > 0; values--) {
    if (values > end - at)
      throw new RangeError(`it is cut off: ${values} values and more are missing at its end`);
    const type = bytes[at++] as number;
    if (type < 0x80 || type >= 0xe0) continue;
    if (type < 0x90) values += 2 * (type & 0x0f);
    else if (type < 0xa0) values += type & 0x0f;
    else if (type < 0xc0) at += type & 0x1f;
    else {
      const following = FOLLOWING[type - 0xc0] as number;
      if (following >= 0) at += following;
      else if (following === EXT) at += extensionBytes(bytes, at);
      else if (following === NEVER)
        throw new RangeError(`byte ${at - 1} is of a type that is never used`);
      else {
        let length = 0;
        for (const start = at - following; at < start; at++)
          length = length * 256 + (bytes[at] ?? 0);
        if (type < 0xdc) at += length;
        else values += type < 0xde ? length : 2 * length;
      }
    }
  }
  if (at > end) throw new RangeError(`it is cut off: ${at - end} bytes are missing`);
  if (at < end) throw new RangeError(`${end - at} bytes follow its end`);
}

/** The bytes of an extension after its first one: of `undefined` and dates, the ones a plain batch has. */
function extensionBytes(bytes: Uint8Array, at: number): number {
  const [kind, second, third] = [bytes[at - 1], bytes[at], bytes[at + 1]];
  if (kind === 0xd4 && second === 0x00) return 2;
  if (kind === 0xd6 && second === 0xff) return 5;
  if (kind === 0xd7 && second === 0xff) return 9;
  if (kind === 0xc7 && second === 12 && third === 0xff) return 14;
  throw new RangeError(`byte ${at - 1} begins an extension that Msgpack doesn't write`);
}
