/**
 * What a worker tells before and after each thing it does, a line each, in a pipe that outlives it. A thing
 * that was begun and not ended when the worker was killed may have happened or not.
 */
export type Event =
  /** Batch `number` was appended. */
  | { readonly did: 'append'; readonly number: number }
  /** The worker's own key was set to `number`. */
  | { readonly did: 'set'; readonly number: number }
  /** A piece was appended to the worker's own heap. */
  | { readonly did: 'heap'; readonly number: number }
  /** The worker's heap was deleted when it held the pieces before `number`. */
  | { readonly did: 'delete'; readonly number: number }
  | { readonly did: 'queue'; readonly number: number }
  /** The queue was popped, and these pieces were in it. */
  | { readonly did: 'pop'; readonly pieces: readonly (readonly [writer: number, number: number])[] }
  /** The counter was increased. */
  | { readonly did: 'count' }
  | { readonly did: 'read' | 'flush' | 'compact' | 'verify' }
  /** One of the above begins. */
  | { readonly begins: string }
  /** Something was wrong. */
  | { readonly wrong: string };

/** The exit code of a worker that can't know what became of what it began, as if it had been killed. */
export const IN_DOUBT = 75;

/** The keys of the things above. */
export const SHARED_KEYS = ['shared', 'shared/too', 'and shared'] as const;
export const QUEUE = 'queue';
export const COUNTER = 'counter';
export const ownKey = (writer: number) => `own/${writer}`;
export const heapKey = (writer: number) => `heap/${writer}`;
