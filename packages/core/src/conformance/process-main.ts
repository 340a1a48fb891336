import { isSpec, parseSpec, type Spec, type SpecValue } from '../spec.js';
import type { Store } from '../store.js';
import type { Answer, Calls, Request } from './other-process.js';

/**
 * The program of {@link OtherProcess}: opens a store by its spec and does what it is told. It is run from
 * what was built, with the address of a built module, whose exports are the factories, as its argument.
 */
const factories = (await import(process.argv[2] as string)) as Record<string, Factory>;

type Factory = (...args: (Store | SpecValue)[]) => Store;

let store: Store;
let release = () => {};

const calls: { [C in keyof Calls]: (...args: Parameters<Calls[C]>) => Promise<unknown> } = {
  async open(spec) {
    store = make(parseSpec(spec));
    return String(store);
  },
  append: (entries) => store.append(entries),
  get: (key) => store.get(key),
  set: (entries) => store.set(entries),
  iset: (key, value) => store.iset(key, value),
  delete: (keys) => store.delete(keys),
  pop: (key) => store.pop(key),
  flush: () => store.flush(),
  drop: () => store.drop(),
  close: () => store.close(),

  /** Appends `count` parts of `length` bytes, which name the caller and their number, and tells of each. */
  async appendParts(key, caller, count, length) {
    for (let i = 0; i < count; i++) {
      await store.append({ [key]: part(caller, i, length) });
      process.send?.({ accepted: i + 1 });
    }
  },

  /** Adds 1 to a number, in decimal digits, `times` times. */
  async count(key, times) {
    for (let i = 0; i < times; i++) {
      await store.exclusive(async (held) => {
        const text = Buffer.from(await held.get(key)).toString();
        await held.set({ [key]: Buffer.from(String(Number(text) + 1)) });
      });
    }
  },

  /** Begins exclusive work and answers; the work ends with `release`. */
  hold: () =>
    new Promise((holding, failed) => {
      const work = store.exclusive(
        () =>
          new Promise<void>((resolve) => {
            release = resolve;
            holding(undefined);
          }),
      );
      work.catch(failed);
    }),

  async release() {
    release();
  },
};

process.on('message', async ({ id, call, args }: Request) => {
  const run = calls[call] as (...args: readonly unknown[]) => Promise<unknown>;
  try {
    answer({ id, value: await run(...args) });
  } catch (error) {
    answer({ id, error: error instanceof Error ? `${error.name}: ${error.message}` : `${error}` });
  }
});

answer({ id: 0 });

function answer(message: Answer): void {
  process.send?.(message);
}

function make({ name, args }: Spec): Store {
  const factory = factories[name];
  if (factory === undefined) throw new Error(`${process.argv[2]} exports no ${name}`);
  return factory(...args.map((arg) => (isSpec(arg) ? make(arg) : arg)));
}

function part(caller: number, i: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(caller);
  new DataView(bytes.buffer).setUint32(1, i);
  return bytes;
}
