import type { Store } from '@spillway/core';
import type { ConformanceOptions, ReferenceStore } from '@spillway/core/conformance';

/** A store with a mistake, and the group of cases that must find it. */
export interface Mutant {
  readonly does: string;
  readonly caughtBy: string;
  readonly make: () => Store;
  readonly options?: ConformanceOptions<Uint8Array>;
}

/** A store with a mistake that the groups every store passes must find. */
export function mutant(does: string, caughtBy: string, type: new () => ReferenceStore): Mutant {
  return { does, caughtBy, make: () => new type() };
}
