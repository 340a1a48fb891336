/** The protocol's name and version, as `syn` and `ack` carry it in their second frame. */
export const VERSION = 'spillway/1';

/** What a client asks for; the first byte of its messages. None is a letter, as partd's commands are. */
export const RequestKind = {
  append: 0x01,
  get: 0x02,
  set: 0x03,
  iset: 0x04,
  has: 0x05,
  keys: 0x06,
  delete: 0x07,
  pop: 0x08,
  stream: 0x09,
  flush: 0x0a,
  drop: 0x0b,
  lock: 0x0c,
  unlock: 0x0d,
  /** Stops the server. */
  close: 0x0e,
  entries: 0x0f,
  /** More credit for the results of the request with this id. */
  pull: 0x10,
  /** No more results of the request with this id, please. */
  cancel: 0x11,
  /** The values that the `pop` with this id took have arrived. The answer is that the pop is done. */
  received: 0x12,
  /** Asks for an `alive`. */
  ping: 0x13,
  /** So many bytes of results have arrived, whether anybody has read them or not. */
  arrived: 0x14,
} as const;
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind];

/** What a server answers; the first byte of its messages. */
export const ReplyKind = {
  /** The request was carried out; it has no results, or no more. */
  done: 0x41,
  /** Results; the request is done when no more follow. */
  data: 0x42,
  /** The request failed. */
  error: 0x43,
  /** One of several messages of a request was taken; the next may come. */
  taken: 0x44,
  /** Sent in answer to a `ping`, and unasked to learn whether the client is still there. */
  alive: 0x45,
  /** The server knows no session with this client, which must open one again. */
  unknown: 0x46,
} as const;
export type ReplyKind = (typeof ReplyKind)[keyof typeof ReplyKind];

/** Another message of the same request or reply follows. */
export const MORE = 0x01;
/** The last value of this message goes on in the first one of the next. */
export const SPLIT = 0x02;

/** Numbers of keys begin at 0 again with this message. */
export const RENUMBER = 0x04;

/** Past so many numbered keys, or so many bytes of them, the next message numbers anew. */
export const MAX_NUMBERED_KEYS = 32_768;
export const MAX_NUMBERED_BYTES = 2 ** 20;

/** Bytes of keys and values that a message carries before the next one begins. */
export const PART_BYTES = 2 * 2 ** 20;

/** Bytes of results that a server sends ahead of `arrived`. */
export const RESULT_WINDOW_BYTES = 16 * 2 ** 20;

/** Values from this size on travel as message frames of their own, uncopied. */
export const ATTACHED_BYTES = 64 * 2 ** 10;

/** The largest request, keys and values of all its messages together. */
export const MAX_REQUEST_BYTES = 2 ** 30;

/** The longest name that a client may give itself, in bytes. */
export const MAX_NAME_BYTES = 255;

/** The longest message text and field that an error carries, in characters. */
export const MAX_ERROR_TEXT = 4096;
