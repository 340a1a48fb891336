import { allocate } from './frame.js';

/** More than this, in bytes, is not kept. */
const KEPT_BYTES = 8 * 2 ** 20;

/** Memory to use again: first touching fresh memory costs several times what writing to it does. */
export class SpareMemory {
  #spare: Uint8Array | undefined;

  /** Memory for so many bytes, with any contents. */
  take(bytes: number): Uint8Array {
    const spare = this.#spare;
    if (spare === undefined) return allocate(bytes);
    this.#spare = undefined;
    if (spare.length >= bytes) return spare;
    // Sizes that creep up would otherwise take fresh memory each time.
    return allocate(Math.max(bytes, Math.min(2 * spare.length, KEPT_BYTES)));
  }

  /** Takes memory back which nobody uses any more. */
  give(memory: Uint8Array): void {
    if (memory.length <= KEPT_BYTES && memory.length > (this.#spare?.length ?? 0))
      this.#spare = memory;
  }
}
