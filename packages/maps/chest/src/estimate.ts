/** So many values inside of a value are looked at. */
const MOST_LOOKS = 1000;

/** Of a large collection so many members, evenly spread where they have an order. */
const SAMPLE = 64;

/** A buffer takes so much beside its bytes, measured on Node.js 20. */
const BUFFER_BYTES = 400;

/** Objects further inside than this count as nothing but themselves. */
const MAX_DEPTH = 12;

/**
 * Bytes that a value takes in memory, roughly: exact for buffers and strings, from a sample for large collections. Once
 * the value is encoded, it is known not to be less than that.
 */
export function estimate(value: unknown): number {
  return new Estimate().of(value, 0);
}

class Estimate {
  #looks = MOST_LOOKS;

  of(value: unknown, depth: number): number {
    this.#looks--;
    if (typeof value === 'string') return 16 + value.length;
    if (typeof value !== 'object' || value === null) return 8;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
      return BUFFER_BYTES + value.byteLength;
    if (depth === MAX_DEPTH) return 32;
    if (Array.isArray(value)) return 16 + this.#array(value, depth);
    if (value instanceof Map) return 32 + this.#members(value, value.size, depth);
    if (value instanceof Set) return 32 + this.#members(value, value.size, depth);
    return 32 + this.#properties(value, depth);
  }

  #array(array: readonly unknown[], depth: number): number {
    const step = Math.max(1, Math.floor(array.length / SAMPLE));
    let bytes = 0;
    let seen = 0;
    for (let i = 0; i < array.length && this.#goesOn(seen); i += step, seen++) {
      bytes += 8 + this.of(array[i], depth + 1);
    }
    return extrapolate(bytes, seen, array.length);
  }

  /** A map's members are pairs. */
  #members(members: Iterable<unknown>, count: number, depth: number): number {
    let bytes = 0;
    let seen = 0;
    for (const member of members) {
      if (!this.#goesOn(seen)) break;
      bytes += 16 + this.of(member, depth + 1);
      seen++;
    }
    return extrapolate(bytes, seen, count);
  }

  #properties(object: object, depth: number): number {
    const names = Object.keys(object);
    let bytes = 0;
    let seen = 0;
    for (const name of names) {
      if (!this.#goesOn(seen)) break;
      bytes += 8 + this.of((object as Record<string, unknown>)[name], depth + 1);
      seen++;
    }
    return extrapolate(bytes, seen, names.length);
  }

  /** One member is always looked at, so that there is something to go by. */
  #goesOn(seen: number): boolean {
    return seen === 0 || (seen < SAMPLE && this.#looks > 0);
  }
}

function extrapolate(bytes: number, seen: number, count: number): number {
  return seen === 0 ? 0 : (bytes / seen) * count;
}
