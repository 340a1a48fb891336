/** Memory smaller than this is not worth keeping, in bytes. */
const SMALLEST = 4096;

/**
 * Memory to pack messages into, used again once the server has answered them: first touching fresh memory
 * costs several times what packing does.
 */
export class MessageMemory {
  readonly #limit: number;
  readonly #free = new Map<number, Buffer[]>();
  #kept = 0;

  /** @param limit bytes to keep at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Memory of `bytes` bytes, with any contents. */
  readonly take = (bytes: number): Buffer => {
    if (bytes < SMALLEST) return Buffer.allocUnsafe(bytes);
    const size = sizeClass(bytes);
    const free = this.#free.get(size)?.pop();
    if (free) this.#kept -= size;
    return (free ?? Buffer.allocUnsafeSlow(size)).subarray(0, bytes);
  };

  /** Takes back what {@link take} gave, which nobody reads any more. */
  give(memory: Buffer): void {
    if (memory.length < SMALLEST) return;
    const size = memory.buffer.byteLength;
    if (this.#kept + size > this.#limit) return;
    this.#kept += size;
    const whole = Buffer.from(memory.buffer);
    const free = this.#free.get(size);
    if (free) free.push(whole);
    else this.#free.set(size, [whole]);
  }
}

/** Four sizes to each doubling. */
function sizeClass(bytes: number): number {
  const step = 1 << (29 - Math.clz32(bytes));
  return (bytes + step - 1) & ~(step - 1);
}
