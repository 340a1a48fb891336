import { describe, it } from '@jest/globals';
import { append } from './append.js';
import { beside, besideBytes } from './beside.js';
import { byteChunking, chunking } from './chunking.js';
import { close } from './close.js';
import { remove } from './delete.js';
import { drop } from './drop.js';
import { errors } from './errors.js';
import { exclusive } from './exclusive.js';
import { faults } from './faults.js';
import { flush } from './flush.js';
import { frames } from './frames.js';
import { fullDisk } from './full-disk.js';
import { get } from './get.js';
import type { Group } from './group.js';
import { iset } from './iset.js';
import { keys } from './keys.js';
import { leakFixture } from './leaks.js';
import { locks } from './locks.js';
import { bytesMemory, memory } from './memory.js';
import { besideModel, model, reopenedModel } from './model.js';
import { names, randomNames } from './names.js';
import { nesting, wrapping } from './nesting.js';
import { type ConformanceOptions, type Factory, provides } from './options.js';
import { order } from './order.js';
import { pop } from './pop.js';
import { processes, processLocks } from './processes.js';
import { reopen } from './reopen.js';
import { set } from './set.js';
import { open, spec } from './spec.js';
import { stream } from './stream.js';
import { temporary } from './temporary.js';
import { type State, Trial } from './trial.js';
import { byteValues, type Values } from './values.js';

/** All that a store must do; a group says which stores it concerns. */
export const groups: readonly Group[] = [
  append,
  get,
  stream,
  set,
  iset,
  keys,
  remove,
  pop,
  exclusive,
  flush,
  drop,
  close,
  spec,
  open,
  order,
  memory,
  bytesMemory,
  errors,
  names,
  randomNames,
  chunking,
  byteChunking,
  model,
  nesting,
  wrapping,
  beside,
  besideBytes,
  besideModel,
  reopen,
  reopenedModel,
  temporary,
  locks,
  processes,
  processLocks,
  fullDisk,
  faults,
  frames,
];

/** One case, on one store, in one state. */
export interface ConformanceCase {
  readonly group: string;
  readonly state: State;
  readonly name: string;
  /** Makes the store and rejects when it doesn't conform. */
  readonly run: () => Promise<void>;
}

/** The longest a case may take, in milliseconds: a case that hangs is a failure. */
const TIMEOUT = 60_000;

/**
 * Every case that concerns a store, as plain functions.
 *
 * @param factory makes a store without contents. @param options what it can do besides.
 */
export function conformanceCases<V = Uint8Array>(
  factory: Factory<V>,
  options: ConformanceOptions<V> = {},
): ConformanceCase[] {
  const unknown =
    options.lacks?.filter((name) => !groups.some((group) => group.name === name)) ?? [];
  if (unknown.length > 0) throw new TypeError(`no group of cases is called ${unknown.join(', ')}`);
  // Without values of another kind, V is bytes.
  const values = options.values ?? (byteValues as unknown as Values<V>);
  return groups
    .filter(({ name, needs = [] }) => {
      return !options.lacks?.includes(name) && needs.every((need) => provides(options, need));
    })
    .flatMap(({ name: group, everyState = true, cases }) =>
      (everyState ? states(options) : (['fresh'] as const)).flatMap((state) =>
        Object.entries(cases).map(([name, check]) => ({
          group,
          state,
          name,
          run: async () => {
            const trial = new Trial(factory, options, values, state);
            try {
              await check(trial);
            } catch (error) {
              // What clearing away finds then is a consequence, not the failure.
              await trial.end().catch(() => {});
              throw error;
            }
            await trial.end();
          },
        })),
      ),
    );
}

/**
 * Tells jest every case that concerns a store, and that nothing may be left behind.
 *
 * ```ts
 * conformance('Dict()', () => Dict());
 * conformance('LZ4(Dict())', () => LZ4(Dict()), { layer: LZ4, framed: true });
 * ```
 *
 * @param name what the store is called in the report.
 * @param factory makes a store without contents. @param options what it can do besides.
 */
export function conformance<V = Uint8Array>(
  name: string,
  factory: Factory<V>,
  options: ConformanceOptions<V> = {},
): void {
  const all = conformanceCases(factory, options);
  const [first] = all;
  describe(name, () => {
    leakFixture(() => first?.run());
    for (const [group, ofGroup] of groupBy(all, (one) => one.group)) {
      describe(group, () => {
        for (const { name: text, state, run } of ofGroup) it(`${text} (${state})`, run, TIMEOUT);
      });
    }
  });
}

function states<V>({ persistent }: ConformanceOptions<V>): State[] {
  return persistent ? ['fresh', 'used', 'reopened'] : ['fresh', 'used'];
}

function groupBy<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = by(item);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}
