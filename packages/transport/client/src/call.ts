import { type Columns, RequestKind } from '@spillway/wire';

/** One request on its way, whichever protocol carries it. */
export interface Call {
  readonly kind: RequestKind;
  /** Keys and values it carries, when it names keys. */
  readonly columns?: Columns;
  /** What it carries otherwise. */
  readonly body?: Uint8Array;
  /**
   * Takes results as they come. `flags` are those of their message, `bytes` what the message took.
   */
  readonly onResults?: (results: Columns, flags: number, bytes: number) => void;
  /** Forgets results that came, since they will come again; `false` when they can't be taken back. */
  readonly restart?: () => boolean;
  /** Whether results flow as they come, rather than when `pull` asks for more. */
  readonly eager: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Its number, once it was sent. */
  id?: number;
  /** How often it was sent again. */
  again?: number;
}

const HARMLESS: ReadonlySet<RequestKind> = new Set([
  RequestKind.get,
  RequestKind.has,
  RequestKind.keys,
  RequestKind.entries,
  RequestKind.stream,
  RequestKind.flush,
]);

/** Whether a call changes nothing, so that it doesn't matter how often the server carries it out. */
export function isHarmless({ kind }: Call): boolean {
  return HARMLESS.has(kind);
}

/** Whether nobody can know what is stored now, when the call's answer is lost. */
export function leavesDoubt(call: Call): boolean {
  const { id, kind } = call;
  const isLocking = kind === RequestKind.lock || kind === RequestKind.unlock;
  return id !== undefined && !isHarmless(call) && !isLocking;
}

/** How a protocol carries calls over one connection. It takes them from the front of a queue. */
export interface Driver {
  /** Starts as many calls as may be under way. */
  pump(): void;
  /**
   * Takes a message from the server.
   *
   * @returns whether it answers what was sent, so that the way there is open, too.
   * @throws {ProtocolError} when it is none of the protocol.
   */
  receive(frames: readonly Uint8Array[]): boolean;
  /** Asks for more results of a call, in bytes. */
  pull(call: Call, bytes: number): void;
  /** Wants no more results of a call. */
  cancel(call: Call): void;
  /** Whether calls are waiting for the server's answer. */
  readonly busy: boolean;
  /** Asks for a sign of life, where the protocol has one. */
  ping(): void;
  /** Takes the calls that wait for an answer, which will not come over this connection. */
  abandon(): Call[];
}
