/** Bytes of a greeting, before the frames ({@link https://rfc.zeromq.org/spec/23 | ZMTP 3.0}). */
const GREETING_BYTES = 64;

const MORE = 1;
const LONG = 2;
const COMMAND = 4;

/** Takes a peer's stream chunk by chunk, and gives it with each message twice, commands once. */
export function messagesIn(): (chunk: Buffer) => Buffer {
  let rest = Buffer.alloc(0);
  let greeting = GREETING_BYTES;
  return (chunk) => {
    // Each side of a greeting waits for the beginning of the other's.
    const greeted = chunk.subarray(0, greeting);
    greeting -= greeted.length;
    const out: Buffer[] = [greeted];
    rest = Buffer.concat([rest, chunk.subarray(greeted.length)]);
    for (let end = messageEnd(rest); end !== undefined; end = messageEnd(rest)) {
      const message = rest.subarray(0, end);
      out.push(message);
      if (((message[0] as number) & COMMAND) === 0) out.push(message);
      rest = rest.subarray(end);
    }
    return Buffer.concat(out);
  };
}

/** Where the first message ends; `undefined` when it is not whole. */
function messageEnd(bytes: Buffer): number | undefined {
  for (let at = 0; ; ) {
    const head = ((bytes[at] ?? 0) & LONG) === 0 ? 2 : 9;
    if (bytes.length < at + head) return undefined;
    const flags = bytes[at] as number;
    const length = head === 2 ? (bytes[at + 1] as number) : Number(bytes.readBigUInt64BE(at + 1));
    at += head + length;
    if (at > bytes.length) return undefined;
    if ((flags & MORE) === 0) return at;
  }
}
