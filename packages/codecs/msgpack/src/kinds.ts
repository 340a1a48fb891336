import { fromSlot } from './slot.js';

/** Turns a value inside an object into a slot of the object's node. */
export type Encode = (value: unknown) => unknown;
/** The value of a slot. */
export type Decode = (slot: unknown) => unknown;

/** How objects of a kind become the content of a node, and come back. */
export interface Kind<T extends object = object> {
  content(object: T, encode: Encode): unknown[];
  /** The object as far as it refers to no others. */
  make(content: readonly unknown[]): T;
  /** The rest of it, once all objects are made. */
  fill?(object: T, content: readonly unknown[], decode: Decode): void;
}

const array: Kind<unknown[]> = {
  // A hole is an empty slot.
  content: (array, encode) =>
    Array.from(array, (element, i) => (i in array ? encode(element) : [])),
  make: () => [],
  fill(array, content, decode) {
    array.length = content.length;
    for (const [i, slot] of content.entries()) {
      if (!(Array.isArray(slot) && slot.length === 0)) array[i] = decode(slot);
    }
  },
};

const object: Kind = {
  content: (object, encode) => Object.entries(object).flat().map(encode),
  make: () => ({}),
  fill(object, content, decode) {
    for (const [name, value] of pairs(content, decode)) define(object, name as string, value, true);
  },
};

const map: Kind<Map<unknown, unknown>> = {
  content: (map, encode) => Array.from(map).flatMap(([key, value]) => [encode(key), encode(value)]),
  make: () => new Map(),
  fill(map, content, decode) {
    for (const [key, value] of pairs(content, decode)) map.set(key, value);
  },
};

const set: Kind<Set<unknown>> = {
  content: (set, encode) => Array.from(set, encode),
  make: () => new Set(),
  fill(set, content, decode) {
    for (const slot of content) set.add(decode(slot));
  },
};

const date: Kind<Date> = {
  content: (date) => [date.getTime()],
  make: ([time]) => new Date(time as number),
};

const regExp: Kind<RegExp> = {
  content: ({ source, flags }, encode) => [encode(source), flags],
  make: ([source, flags]) => new RegExp(fromSlot(source) as string, flags as string),
};

/** The classes of error that `structuredClone` keeps; any other becomes `Error`. */
const ERRORS = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [
    type.name,
    type,
  ]),
);

const error: Kind<Error> = {
  content(error, encode) {
    const { name, message, stack } = error;
    return [name, message, stack, ...('cause' in error ? [error.cause] : [])].map(encode);
  },
  make: ([name]) => new (ERRORS.get(name as string) ?? Error)(),
  fill(error, [, message, stack, ...cause], decode) {
    define(error, 'message', decode(message), false);
    define(error, 'stack', decode(stack), false);
    if (cause.length > 0) define(error, 'cause', decode(cause[0]), false);
  },
};

/** A `Number`, `String`, `Boolean` or `BigInt` object. */
const boxed: Kind = {
  content: (object, encode) => [encode(object.valueOf())],
  make: ([slot]) => Object(fromSlot(slot)) as object,
};

const buffer: Kind<ArrayBuffer> = {
  content: (buffer) => [new Uint8Array(buffer)],
  make: ([bytes]) => memory(bytes),
};

interface ViewConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT?: number;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): ArrayBufferView;
}

function view(View: ViewConstructor): Kind<ArrayBufferView> {
  return {
    content: ({ buffer, byteOffset, byteLength }) => [
      new Uint8Array(buffer, byteOffset, byteLength),
    ],
    make: ([bytes]) => new View(memory(bytes)),
  };
}

/** The classes of views that there are. */
export const VIEWS: readonly ViewConstructor[] = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[BigInt64Array, BigUint64Array, Float32Array, Float64Array, DataView],
];

/** The kinds by the name that `Object.prototype.toString` gives, which nodes bear. */
export const kinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    Array: array,
    Object: object,
    Map: map,
    Set: set,
    Date: date,
    RegExp: regExp,
    Error: error,
    Number: boxed,
    String: boxed,
    Boolean: boxed,
    BigInt: boxed,
    ArrayBuffer: buffer,
    ...Object.fromEntries(VIEWS.map((View) => [View.name, view(View)])),
  } as Record<string, Kind>),
);

/** The name of an object's kind. @throws {TypeError} when it has none. */
export function kindName(object: object): string {
  const name = Object.prototype.toString.call(object).slice('[object '.length, -1);
  if (!kinds.has(name)) throw new TypeError(`a ${name} can't be stored`);
  return name;
}

function* pairs(content: readonly unknown[], decode: Decode): Generator<[unknown, unknown]> {
  for (let i = 0; i < content.length; i += 2) yield [decode(content[i]), decode(content[i + 1])];
}

/** Also of the name `__proto__`, to which assigning would do something else. */
function define(object: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, name, { value, enumerable, writable: true, configurable: true });
}

/** The memory of bytes, which is theirs alone: decoding copies them. */
function memory(bytes: unknown): ArrayBuffer {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('its graph has a buffer without bytes');
  return bytes.buffer as ArrayBuffer;
}
