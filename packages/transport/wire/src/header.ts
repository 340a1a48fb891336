import { ProtocolError } from '@spillway/core';
import { Body, writeUint64 } from './body.js';
import { MORE, RENUMBER, ReplyKind, RequestKind, SPLIT } from './protocol.js';

/** A message: its frames, without the identity that a ROUTER socket puts before them. */
export type Frames = readonly Uint8Array[];

/** What stands before every request. */
export interface RequestHeader {
  readonly kind: RequestKind;
  /** {@link MORE}, {@link SPLIT}, {@link RENUMBER}. */
  readonly flags: number;
  /** Counts the messages of a request, from 0. */
  readonly part: number;
  /** Bytes of results that may be sent before a `pull`. */
  readonly credit: number;
  /** Counts a client's requests, from 1, over all its connections. */
  readonly id: number;
  /** All replies to requests up to this one have arrived. */
  readonly confirmed: number;
}

/** What stands before every reply. */
export interface ReplyHeader {
  readonly kind: ReplyKind;
  readonly flags: number;
  /** Bytes of requests that the client may have unanswered from now on. */
  readonly window: number;
  /** The request answered. */
  readonly id: number;
}

export const REQUEST_HEADER_BYTES = 24;
export const REPLY_HEADER_BYTES = 16;

/** A request or reply as it arrived: its header, what follows it in the first frame, and the other frames. */
export interface Received<H> {
  readonly header: H;
  readonly body: Body;
  readonly attached: Frames;
}

/** Writes the header to the start of `target`. */
export function writeRequestHeader(target: Buffer, header: RequestHeader): void {
  target.writeUInt16LE(header.kind | (header.flags << 8), 0);
  target.writeUInt16LE(header.part, 2);
  target.writeUInt32LE(header.credit, 4);
  writeUint64(target, header.id, 8);
  writeUint64(target, header.confirmed, 16);
}

/** Writes the header to the start of `target`. */
export function writeReplyHeader(target: Buffer, header: ReplyHeader): void {
  target.writeUInt16LE(header.kind | (header.flags << 8), 0);
  target.writeUInt16LE(0, 2);
  target.writeUInt32LE(header.window, 4);
  writeUint64(target, header.id, 8);
}

/** @throws {ProtocolError} when the first frame is no request. */
export function readRequest(frames: Frames): Received<RequestHeader> {
  const body = new Body(firstFrame(frames), 'a request');
  const { kind, flags } = readKind(body, REQUEST_KINDS);
  const header = {
    kind,
    flags,
    part: body.uint16(),
    credit: body.uint32(),
    id: body.uint64(),
    confirmed: body.uint64(),
  };
  return { header, body, attached: frames.slice(1) };
}

/** @throws {ProtocolError} when the first frame is no reply. */
export function readReply(frames: Frames): Received<ReplyHeader> {
  const body = new Body(firstFrame(frames), 'a reply');
  const { kind, flags } = readKind(body, REPLY_KINDS);
  if (body.uint16() !== 0) body.fail('bytes that must be 0 are not');
  const header = { kind, flags, window: body.uint32(), id: body.uint64() };
  return { header, body, attached: frames.slice(1) };
}

/** The id of a request that could not be read otherwise, so that the error can be sent to its sender. */
export function requestId(frames: Frames): number {
  const body = new Body(firstFrame(frames), 'a request');
  body.take(8);
  return body.uint64();
}

const REQUEST_KINDS: ReadonlySet<RequestKind> = new Set(Object.values(RequestKind));
const REPLY_KINDS: ReadonlySet<ReplyKind> = new Set(Object.values(ReplyKind));

function firstFrame(frames: Frames): Uint8Array {
  const [first] = frames;
  if (first === undefined) throw new ProtocolError('a message has no frame');
  return first;
}

function readKind<K extends number>(body: Body, known: ReadonlySet<K>): { kind: K; flags: number } {
  const kind = body.uint8() as K;
  if (!known.has(kind)) body.fail(`its kind ${kind} is not one of spillway/1`);
  const flags = body.uint8();
  if ((flags & ~(MORE | SPLIT | RENUMBER)) !== 0 || (flags & (MORE | SPLIT)) === SPLIT)
    body.fail(`its flags ${flags} mean nothing`);
  return { kind, flags };
}
