import { isUtf8 } from 'node:buffer';
import { type Awaitable, type Batch, ProtocolError } from '@spillway/core';
import { type Body, type Columns, cut, PART_BYTES, type Part, RequestKind } from '@spillway/wire';
import type { Assembly } from './assembly.js';
import type { ServedStore } from './served-store.js';

/** How an operation answers. */
export interface Answer {
  /** It was carried out and has no results. */
  readonly done: () => void;
  /** Its results, all of them. */
  readonly columns: (columns: Columns) => Awaitable<void>;
  /** Its results, as they come. */
  readonly parts: (parts: AsyncIterable<Part>) => Promise<void>;
  /** What it took out of the store, which must not be lost on the way. */
  readonly popped: (batch: Batch<Uint8Array>) => void;
}

const CHANGES: ReadonlySet<RequestKind> = new Set([
  RequestKind.append,
  RequestKind.set,
  RequestKind.iset,
  RequestKind.delete,
  RequestKind.pop,
  RequestKind.drop,
  RequestKind.lock,
  RequestKind.unlock,
  RequestKind.close,
]);

/** Whether a request must not be carried out twice. */
export function isChange(kind: RequestKind): boolean {
  return CHANGES.has(kind);
}

/** Whether a request's body begins with numbered keys. */
export function namesKeys(kind: RequestKind): boolean {
  return kind <= RequestKind.stream && kind !== RequestKind.keys;
}

/** Carries out a request that names no keys. */
export function carryOut(
  store: ServedStore,
  kind: RequestKind,
  body: Body,
  answer: Answer,
): Awaitable<void> {
  switch (kind) {
    case RequestKind.keys:
      return answer.parts(keyParts(store, prefixIn(body)));
    case RequestKind.entries:
      return answer.parts(entryParts(store, prefixIn(body)));
    case RequestKind.flush: {
      const durable = body.uint8() === 1;
      body.end();
      return store.flush({ durable }).then(answer.done);
    }
    case RequestKind.drop:
      body.end();
      return store.drop().then(answer.done);
    default:
      return body.fail(`kind ${kind} is no request`);
  }
}

/** Carries out a request that names keys. */
export function carryOutOn(
  store: ServedStore,
  kind: RequestKind,
  assembly: Assembly,
  answer: Answer,
): Awaitable<void> {
  const { keys } = assembly;
  switch (kind) {
    case RequestKind.get:
      return then(store.getAll(keys), (values) => answer.columns({ values }));
    case RequestKind.set:
      return store.set(pairs(assembly.batch)).then(answer.done);
    case RequestKind.iset:
      return store.iset(one(keys), one(assembly.batch.values)).then(answer.done);
    case RequestKind.has:
      return store.has(one(keys)).then((has) => answer.columns({ keys: has ? keys : [] }));
    case RequestKind.delete:
      return store.delete(keys).then(answer.done);
    case RequestKind.pop:
      return store.pop(keys).then((values) => {
        answer.popped({ keys, values });
        return answer.columns({ values });
      });
    case RequestKind.stream:
      return answer.parts(streamParts(store, one(keys)));
    default:
      throw new ProtocolError(`kind ${kind} is no request that names keys`);
  }
}

/** Goes on with a value, at once when it is there. */
export function then<T>(value: Awaitable<T>, next: (value: T) => Awaitable<void>): Awaitable<void> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The entries of a batch, without the keys that held nothing. */
export function* present(
  batch: Batch<Uint8Array>,
): Generator<readonly [string, Uint8Array], void, void> {
  for (const pair of pairs(batch)) if (pair[1].length > 0) yield pair;
}

function* pairs({
  keys,
  values,
}: Batch<Uint8Array>): Generator<readonly [string, Uint8Array], void, void> {
  for (let i = 0; i < keys.length; i++) yield [keys[i] as string, values[i] as Uint8Array];
}

function one<T>(column: readonly T[]): T {
  if (column.length !== 1)
    throw new ProtocolError(`a request names ${column.length} keys where it can name one`);
  return column[0] as T;
}

function prefixIn(body: Body): string {
  const prefix = body.view(body.left);
  return isUtf8(prefix) ? prefix.toString() : body.fail('its prefix is not UTF-8');
}

async function* keyParts(store: ServedStore, prefix: string): AsyncGenerator<Part, void, void> {
  for await (const keys of store.keyBatches(prefix)) yield* cut({ keys });
}

async function* streamParts(store: ServedStore, key: string): AsyncGenerator<Part, void, void> {
  for await (const piece of store.stream(key)) yield* cut({ values: [piece] });
}

async function* entryParts(store: ServedStore, prefix: string): AsyncGenerator<Part, void, void> {
  let keys: string[] = [];
  let values: Uint8Array[] = [];
  let bytes = 0;
  for await (const [key, value] of store.entries(prefix)) {
    keys.push(key);
    values.push(value);
    bytes += key.length + value.length;
    if (bytes < PART_BYTES / 2) continue;
    yield* cut({ keys, values });
    keys = [];
    values = [];
    bytes = 0;
  }
  yield* cut({ keys, values });
}
