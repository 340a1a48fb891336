import type { Need } from './options.js';
import type { Trial } from './trial.js';

/** One thing that must hold, as a plain function that rejects when it doesn't. */
export type Case<V> = (trial: Trial<V>) => Promise<void>;

/** Cases about one operation or promise. */
export interface Group {
  readonly name: string;
  /** What a store must have for these cases to concern it. Default: nothing. */
  readonly needs?: readonly Need[];
  /**
   * Whether to run each case in every state a store can be in: fresh, used, opened again. Groups that
   * bring stores into their states themselves run once. Default `true`.
   */
  readonly everyState?: boolean;
  readonly cases: { readonly [name: string]: <V>(trial: Trial<V>) => Promise<void> };
}

/** A group about stores of bytes alone. */
export function byteGroup(
  group: Omit<Group, 'cases'> & { readonly cases: { readonly [name: string]: Case<Uint8Array> } },
): Group {
  // Cases of a group that needs bytes are run on stores of bytes only.
  return { ...group, needs: ['bytes', ...(group.needs ?? [])] } as unknown as Group;
}
