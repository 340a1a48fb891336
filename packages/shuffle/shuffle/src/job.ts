import type { Layer } from '@spillway/core';
import type { By } from '@spillway/partition';
import type { Interruption } from './interruption.js';
import type { Progress } from './options.js';
import type { Input } from './source.js';

/** What is to be split, and where it goes. */
export interface Job {
  readonly input: Input;
  readonly by: By;
  /** Bytes for gathered rows. */
  readonly memory: number;
  readonly store: Layer<never>;
  readonly interruption: Interruption;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Counts the rows of a job that were read, and tells its caller; takes how many more there are. */
export function rowCounter({ input, onProgress }: Job): (more: number) => void {
  let rows = 0;
  return (more) => {
    rows += more;
    onProgress?.({ rows, total: input.total });
  };
}
