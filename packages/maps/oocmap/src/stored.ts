/** What a container is, as the first byte of its page and in every reference to it. */
export const Kind = { List: 1, Object: 2, Map: 3, Set: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** A member that is a container of its own. Its number is never given to another one. */
export class Reference {
  constructor(
    readonly kind: Kind,
    readonly id: number,
  ) {}
}

/** What a run of bytes stands for. The numbers are part of the format. */
export const BytesType = {
  Latin1: 0,
  Utf8: 1,
  Utf16: 2,
  BigInt: 3,
  NegativeBigInt: 4,
  Date: 5,
  ArrayBuffer: 6,
  Uint8Array: 7,
  Int8Array: 8,
  Uint8ClampedArray: 9,
  Int16Array: 10,
  Uint16Array: 11,
  Int32Array: 12,
  Uint32Array: 13,
  Float32Array: 14,
  Float64Array: 15,
  BigInt64Array: 16,
  BigUint64Array: 17,
  DataView: 18,
} as const;
export type BytesType = (typeof BytesType)[keyof typeof BytesType];

/** A small immutable value that isn't a scalar of JavaScript, as its bytes. */
export class Packed {
  constructor(
    readonly type: BytesType,
    readonly bytes: Uint8Array,
  ) {}
}

/** A larger immutable value. Its bytes are in a table of their own, once for all that are equal. */
export class Shared {
  constructor(
    readonly type: BytesType,
    /** Its name in the table, one byte a character. */
    readonly digest: string,
    /** Length of its bytes. */
    readonly size: number,
  ) {}
}

/** A member as pages hold it. */
export type Stored =
  | undefined
  | null
  | boolean
  | number
  | string
  | bigint
  | Packed
  | Shared
  | Reference;

/** A value of as many bytes or more is stored once for all its equals. */
export const SHARED_BYTES = 64;

/** The digest of a shared value: so many bytes of SHA-256, in which two values never meet. */
export const DIGEST_BYTES = 16;
