import { Body, writeUint64 } from './body.js';
import type { Frames } from './header.js';
import { VERSION } from './protocol.js';

/** How a client introduces itself. */
export interface Hello {
  /** {@link IDENTITY_BYTES} random bytes, the client's for life. */
  readonly identity: Uint8Array;
  /** Counts the client's connections, from 1. */
  readonly epoch: number;
}

/** How a server answers. */
export interface Welcome {
  /** {@link IDENTITY_BYTES} random bytes, another for each server that ever ran. */
  readonly identity: Uint8Array;
  /** Bytes of requests that the client may have unanswered. */
  readonly window: number;
  /** How many requests the client may have unanswered. */
  readonly requests: number;
  /** The client's last request that was carried out, or 0. */
  readonly applied: number;
}

export const IDENTITY_BYTES = 16;

/** The message that opens a session: `syn`, the versions the client speaks, and its {@link Hello}. */
export function packHello({ identity, epoch }: Hello): Frames {
  const frame = Buffer.alloc(IDENTITY_BYTES + 4);
  frame.set(identity);
  frame.writeUInt32LE(epoch, IDENTITY_BYTES);
  return [Buffer.from('syn'), Buffer.from(VERSION), frame];
}

/**
 * Reads an opening message.
 *
 * @returns `undefined` for a client that does not speak this version, which then gets a plain `ack`.
 * @throws {ProtocolError} when the third frame is no hello.
 */
export function readHello([, versions, hello]: Frames): Hello | undefined {
  if (!versions || !hello || !speaksOurs(versions)) return undefined;
  const body = new Body(hello, 'a hello');
  const identity = Uint8Array.from(body.view(IDENTITY_BYTES));
  const epoch = body.uint32();
  body.end();
  return { identity, epoch };
}

/** The answer to a hello: `ack`, the version chosen, and the {@link Welcome}. */
export function packWelcome({ identity, window, requests, applied }: Welcome): Frames {
  const frame = Buffer.alloc(IDENTITY_BYTES + 16);
  frame.set(identity);
  frame.writeUInt32LE(window, IDENTITY_BYTES);
  frame.writeUInt32LE(requests, IDENTITY_BYTES + 4);
  writeUint64(frame, applied, IDENTITY_BYTES + 8);
  return [Buffer.from('ack'), Buffer.from(VERSION), frame];
}

/**
 * Reads the answer to a hello.
 *
 * @returns `undefined` from a server that names no version: it speaks partd's protocol.
 * @throws {ProtocolError} when it is neither.
 */
export function readWelcome(frames: Frames): Welcome | undefined {
  const [ack, version, welcome] = frames;
  const opening = new Body(ack ?? new Uint8Array(0), 'the answer to a hello');
  if (opening.bytes.toString('latin1') !== 'ack') opening.fail('it does not begin with "ack"');
  if (!version) return undefined;
  if (!welcome || !speaksOurs(version))
    return opening.fail(`it does not name the version ${VERSION}`);
  const body = new Body(welcome, 'a welcome');
  const identity = Uint8Array.from(body.view(IDENTITY_BYTES));
  const window = body.uint32();
  const requests = body.uint32();
  const applied = body.uint64();
  body.end();
  return { identity, window, requests, applied };
}

/** Versions are named newest first, with spaces between. */
function speaksOurs(versions: Uint8Array): boolean {
  return Buffer.from(versions).toString('latin1').split(' ').includes(VERSION);
}
