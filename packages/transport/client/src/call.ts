import type { Columns, RequestKind } from '@spillway/wire';

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
  /** Whether results flow as they come, rather than when `pull` asks for more. */
  readonly eager: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How a protocol carries calls over one connection. It takes them from the front of a queue. */
export interface Driver {
  /** Starts as many calls as may be under way. */
  pump(): void;
  /** Takes a message from the server. @throws {ProtocolError} when it is none of the protocol. */
  receive(frames: readonly Uint8Array[]): void;
  /** Asks for more results of a call, in bytes. */
  pull(call: Call, bytes: number): void;
  /** Wants no more results of a call. */
  cancel(call: Call): void;
  /** Whether calls are waiting for the server's answer. */
  readonly busy: boolean;
  /** Asks for a sign of life, where the protocol has one. */
  ping(): void;
  /** Takes the calls that wait for an answer, which will not come. */
  abandon(): Call[];
}
