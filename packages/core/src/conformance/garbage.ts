import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Frees what nothing refers to any more, so that what memory holds can be asserted, not when V8 chose to collect. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  // The buffers of the first collection are freed beside the program; the second waits for that.
  collect();
}
