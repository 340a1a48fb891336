import { quote, SchemaError, typeName } from '@spillway/core';

/** How many parts of a place a message shows. */
const PARTS_SHOWN = 12;

/** A value that can't be stored, on its way out of the containers that it is in. */
export class Refusal {
  readonly #value: unknown;
  #why: 'unknown' | 'twice' | 'cyclic';
  /** Where it is, from the innermost container outwards. */
  readonly #parts: unknown[] = [];

  constructor(value: unknown, why: 'unknown' | 'twice') {
    this.#value = value;
    this.#why = why;
  }

  /** Notes in which container something was refused, and where in it. @returns what was thrown. */
  static within(error: unknown, container: object, part: unknown): unknown {
    if (error instanceof Refusal) {
      error.#parts.push(part);
      if (error.#value === container) error.#why = 'cyclic';
    }
    return error;
  }

  /** @returns what the user gets of what was thrown. */
  static explain(error: unknown): unknown {
    return error instanceof Refusal ? new SchemaError(error.#message()) : error;
  }

  #message(): string {
    const what = `${typeName(this.#value)}${this.#place()}`;
    switch (this.#why) {
      case 'unknown':
        return `${what} can't be stored: use plain objects, arrays, Maps, Sets, Dates, bytes, typed arrays and primitives`;
      case 'twice':
        return `${what} is in the value a second time: an OOCMap stores trees, so copy it (structuredClone) for each place`;
      case 'cyclic':
        return `${what} contains itself: an OOCMap stores trees`;
    }
  }

  #place(): string {
    if (this.#parts.length === 0) return '';
    const shown = this.#parts.slice(0, PARTS_SHOWN).reverse();
    const parts = shown.map((part) => `[${typeof part === 'string' ? quote(part) : String(part)}]`);
    return ` at ${this.#parts.length > PARTS_SHOWN ? '…' : ''}${parts.join('')}`;
  }
}
