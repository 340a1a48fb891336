import { ProtocolError } from '@spillway/core';

/** Bytes of a greeting, which comes before the frames. */
export const GREETING_BYTES = 64;

const SIGNATURE = Buffer.from('ff00000000000000017f', 'hex');
const VERSION_AT = 10;
const MECHANISM_AT = 12;
const MECHANISM_BYTES = 20;

/** Flags of a frame. */
const MORE = 1;
const LONG = 2;
const COMMAND = 4;

/** Memory for a frame is reserved at once up to this; a longer one must have come as far. */
const RESERVED_BYTES = 8 * 2 ** 20;

/** Frames up to this many bytes are copied behind their headers: one piece to write is cheaper than two. */
const COPIED_BYTES = 16 * 2 ** 10;

/** The most frames of a message, as partd's protocol has one a value. */
const MOST_FRAMES = 2 ** 24;

/** The greeting of a peer without keys ({@link https://rfc.zeromq.org/spec/23 | ZMTP 3.0}, mechanism NULL). */
export function packGreeting(): Buffer {
  const greeting = Buffer.alloc(GREETING_BYTES);
  SIGNATURE.copy(greeting);
  greeting[VERSION_AT] = 3;
  greeting.write('NULL', MECHANISM_AT);
  return greeting;
}

/**
 * Reads a greeting's mechanism, e.g. `NULL` or `CURVE`.
 *
 * @throws {ProtocolError} when it is none of ZMTP 3.
 */
export function readGreeting(greeting: Buffer): string {
  if (greeting[0] !== 0xff || greeting[9] !== 0x7f || (greeting[VERSION_AT] as number) < 3)
    throw new ProtocolError('what answers speaks no ZMTP 3');
  const end = MECHANISM_AT + MECHANISM_BYTES;
  return greeting.toString('latin1', MECHANISM_AT, end).replaceAll('\0', '');
}

/** The command by which a DEALER says that it is ready. */
export function packReady(): Buffer {
  return packCommand('READY', property('Socket-Type', 'DEALER'), property('Identity', ''));
}

/** The answer to a command, if it needs one: a PONG to a PING. */
export function answerTo(command: Buffer): Buffer | undefined {
  const name = command.toString('latin1', 1, 1 + (command[0] ?? 0));
  // After a PING's name stand two bytes of time, and then what the PONG repeats.
  return name === 'PING' ? packCommand('PONG', command.subarray(7)) : undefined;
}

/** The pieces of a message as they are written, one after another; large frames are as they were given. */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  frames.forEach((frame, i) => {
    const flags = (i < frames.length - 1 ? MORE : 0) | (frame.length > 255 ? LONG : 0);
    const copied = frame.length <= COPIED_BYTES ? frame.length : 0;
    const headBytes = frame.length > 255 ? 9 : 2;
    const head = Buffer.allocUnsafe(headBytes + copied);
    head[0] = flags;
    if (headBytes === 2) head[1] = frame.length;
    else {
      head.writeUInt32BE(Math.floor(frame.length / 0x1_0000_0000), 1);
      head.writeUInt32BE(frame.length >>> 0, 5);
    }
    if (copied > 0) head.set(frame, headBytes);
    pieces.push(head);
    if (copied === 0 && frame.length > 0) pieces.push(frame);
  });
  return pieces;
}

/** Who listens to a {@link FrameReader}. */
export interface FrameEvents {
  readonly message: (frames: Buffer[]) => void;
  readonly command: (command: Buffer) => void;
}

/** Takes the frames that follow a greeting, in whatever chunks they come, whose memory it does not keep. */
export class FrameReader {
  readonly #events: FrameEvents;
  /** The beginning of a header that is not whole. */
  readonly #head = Buffer.alloc(9);
  #headBytes = 0;
  #flags = 0;
  /** The frame being filled, and of a long one its pieces before. */
  #frame: Buffer | undefined;
  #filled = 0;
  #left = 0;
  #pieces: Buffer[] = [];
  #message: Buffer[] = [];

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /** @throws {ProtocolError} when it is none of the protocol. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (!this.#frame) {
        at = this.#readHead(chunk, at);
        if (this.#frame) this.#endIfFull();
        continue;
      }
      const frame: Buffer = this.#frame;
      const end = Math.min(chunk.length, at + frame.length - this.#filled);
      frame.set(chunk.subarray(at, end), this.#filled);
      this.#filled += end - at;
      at = end;
      this.#endIfFull();
    }
  }

  #readHead(chunk: Uint8Array, begin: number): number {
    let at = begin;
    const flags = this.#headBytes > 0 ? (this.#head[0] as number) : (chunk[at] as number);
    if ((flags & ~(MORE | LONG | COMMAND)) !== 0)
      throw new ProtocolError(`a frame has flags ${flags}, which mean nothing`);
    const whole = (flags & LONG) === 0 ? 2 : 9;
    while (this.#headBytes < whole && at < chunk.length)
      this.#head[this.#headBytes++] = chunk[at++] as number;
    if (this.#headBytes < whole) return at;
    this.#headBytes = 0;
    this.#flags = flags;
    const length =
      whole === 2
        ? (this.#head[1] as number)
        : this.#head.readUInt32BE(1) * 0x1_0000_0000 + this.#head.readUInt32BE(5);
    this.#left = length;
    this.#reserve();
    return at;
  }

  #reserve(): void {
    const bytes = Math.min(this.#left, RESERVED_BYTES);
    this.#left -= bytes;
    this.#filled = 0;
    this.#frame = bytes < 4096 ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes);
  }

  #endIfFull(): void {
    const frame = this.#frame as Buffer;
    if (this.#filled < frame.length) return;
    if (this.#left > 0) {
      this.#pieces.push(frame);
      this.#reserve();
      return;
    }
    this.#frame = undefined;
    const whole = this.#pieces.length > 0 ? Buffer.concat([...this.#pieces, frame]) : frame;
    if (this.#pieces.length > 0) this.#pieces = [];
    if ((this.#flags & COMMAND) !== 0) this.#events.command(whole);
    else if (this.#message.push(whole) > MOST_FRAMES)
      throw new ProtocolError('a message has too many frames');
    else if ((this.#flags & MORE) === 0) {
      const message = this.#message;
      this.#message = [];
      this.#events.message(message);
    }
  }
}

function packCommand(name: string, ...rest: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), ...rest]);
  return Buffer.concat([Buffer.from([COMMAND, body.length]), body]);
}

function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
}
