import { concatBytes, ProtocolError } from '@spillway/core';
import { type Columns, type Part, PartJoiner, RequestKind, SPLIT } from '@spillway/wire';
import type { Call } from './call.js';
import type { Remote } from './remote.js';

/** Asks for something that has no results. */
export function request(
  remote: Remote,
  kind: RequestKind,
  payload: Pick<Call, 'columns' | 'body'> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    remote.call({ kind, ...payload, eager: true, resolve, reject });
  });
}

/** Asks for the values of keys. */
export async function requestValues(
  remote: Remote,
  kind: typeof RequestKind.get | typeof RequestKind.pop,
  keys: readonly string[],
): Promise<Uint8Array[]> {
  let joiner = new PartJoiner();
  let again = false;
  await new Promise<void>((resolve, reject) => {
    const onResults = ({ values = [] }: Columns, flags: number) => {
      if (again) joiner = new PartJoiner();
      again = false;
      joiner.add(values, flags);
    };
    // Of a pop, whose values the server knows to be here, they don't come again.
    const restart = () => {
      again = true;
      return true;
    };
    remote.call({ kind, columns: { keys }, onResults, restart, eager: true, resolve, reject });
  });
  if (joiner.count !== keys.length) {
    throw new ProtocolError(
      `the server sent ${joiner.count} values where ${keys.length} were asked for`,
    );
  }
  return joiner.values();
}

/** Asks whether a key is there. */
export async function requestPresence(remote: Remote, key: string): Promise<boolean> {
  let present = false;
  await new Promise<void>((resolve, reject) => {
    const onResults = ({ keys = [] }: Columns) => {
      present = keys.length > 0;
    };
    remote.call({
      kind: RequestKind.has,
      columns: { keys: [key] },
      onResults,
      eager: true,
      resolve,
      reject,
    });
  });
  return present;
}

/** Asks for results that come in pieces; no more are on their way than fit the credit. */
export async function* requestPieces(
  remote: Remote,
  kind: typeof RequestKind.keys | typeof RequestKind.stream | typeof RequestKind.entries,
  payload: Pick<Call, 'columns' | 'body'>,
): AsyncGenerator<Part, void, void> {
  const arrived: { readonly part: Part; readonly bytes: number }[] = [];
  let begun = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const call: Call = {
    kind,
    ...payload,
    eager: false,
    restart: () => !begun,
    onResults: (results, flags, bytes) => {
      begun = true;
      arrived.push({ part: { ...results, flags }, bytes });
      wake();
    },
    resolve: () => {
      ended = true;
      wake();
    },
    reject: (error) => {
      failure = { error };
      wake();
    },
  };
  remote.call(call);
  try {
    for (;;) {
      const next = arrived.shift();
      if (next) {
        yield next.part;
        remote.pull(call, next.bytes);
      } else if (failure) throw failure.error;
      else if (ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    if (!ended && !failure) remote.cancel(call);
  }
}

/** Asks for all entries; a value that comes in pieces is put together. */
export async function* requestEntries(
  remote: Remote,
  prefix: string,
): AsyncGenerator<readonly [key: string, value: Uint8Array], void, void> {
  const body = Buffer.from(prefix);
  /** The beginning of a value whose end is in the next part. */
  let begun: Uint8Array[] = [];
  for await (const part of requestPieces(remote, RequestKind.entries, { body })) {
    const { keys = [], values = [], flags } = part;
    for (const [i, key] of keys.entries()) {
      begun.push(values[i] as Uint8Array);
      if (i === keys.length - 1 && (flags & SPLIT) !== 0) break;
      yield [key, concatBytes(begun)];
      begun = [];
    }
  }
}
