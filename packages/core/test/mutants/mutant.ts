import type { Store } from '@spillway/core';
import type { ConformanceOptions } from '@spillway/core/conformance';

/** A store with a mistake, and the group of cases that must find it. */
export interface Mutant {
  readonly does: string;
  readonly caughtBy: string;
  readonly make: () => Store;
  readonly options?: ConformanceOptions<Uint8Array>;
}
