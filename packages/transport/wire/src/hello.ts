import { Body } from './body.js';
import type { Frames } from './header.js';
import { MAX_NAME_BYTES, VERSION } from './protocol.js';

/** How a client introduces itself. */
export interface Hello {
  /** {@link IDENTITY_BYTES} random bytes, the client's for life. */
  readonly identity: Uint8Array;
  /** Counts the client's connections, from 1. */
  readonly epoch: number;
  /** How long its requests may wait for the lock that another client holds, in ms. */
  readonly lockTimeout: number;
  /** Who it is, for others that wait for its lock, e.g. `process 4711 on worker-3`. */
  readonly name: string;
}

/**
 * What a server knows of the requests that a client has sent over earlier connections:
 * - `nothing`: it may have carried them out, or another server before it;
 * - `appends`: which appends were carried out, by its store's ledger;
 * - `all`: it is the same server, and carries out none a second time.
 */
export type Knowledge = 'nothing' | 'appends' | 'all';

/** How a server answers. */
export interface Welcome {
  /** {@link IDENTITY_BYTES} random bytes, another for each server that ever ran. */
  readonly identity: Uint8Array;
  /** Bytes of requests that the client may have unanswered. */
  readonly window: number;
  /** How many requests the client may have unanswered. */
  readonly requests: number;
  readonly knowledge: Knowledge;
  /** Whether the client still holds the lock. */
  readonly locked: boolean;
}

export const IDENTITY_BYTES = 16;

/** In their order on the wire. */
const KNOWLEDGE: readonly Knowledge[] = ['nothing', 'appends', 'all'];

/** The message that opens a session: `syn`, the versions the client speaks, and its {@link Hello}. */
export function packHello({ identity, epoch, lockTimeout, name }: Hello): Frames {
  const head = Buffer.alloc(IDENTITY_BYTES + 8);
  head.set(identity);
  head.writeUInt32LE(epoch, IDENTITY_BYTES);
  head.writeUInt32LE(lockTimeout, IDENTITY_BYTES + 4);
  return [Buffer.from('syn'), Buffer.from(VERSION), Buffer.concat([head, Buffer.from(name)])];
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
  const lockTimeout = body.uint32();
  if (body.left > MAX_NAME_BYTES) body.fail('its name is too long');
  return { identity, epoch, lockTimeout, name: body.view(body.left).toString() };
}

/** The answer to a hello: `ack`, the version chosen, and the {@link Welcome}. */
export function packWelcome({ identity, window, requests, knowledge, locked }: Welcome): Frames {
  const frame = Buffer.alloc(IDENTITY_BYTES + 10);
  frame.set(identity);
  frame.writeUInt32LE(window, IDENTITY_BYTES);
  frame.writeUInt32LE(requests, IDENTITY_BYTES + 4);
  frame.writeUInt8(KNOWLEDGE.indexOf(knowledge), IDENTITY_BYTES + 8);
  frame.writeUInt8(locked ? 1 : 0, IDENTITY_BYTES + 9);
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
  const knowledge = KNOWLEDGE[body.uint8()] ?? body.fail('what the server knows is none of three');
  const locked = body.uint8() === 1;
  body.end();
  return { identity, window, requests, knowledge, locked };
}

/** Versions are named newest first, with spaces between. */
function speaksOurs(versions: Uint8Array): boolean {
  return Buffer.from(versions).toString('latin1').split(' ').includes(VERSION);
}
