import type { ValueSource } from './blocks.js';
import { ABSENT, FORGET, Kind } from './format.js';
import type { Outline } from './record.js';
import { SPAN, type ValueReader, type ValuesPlace } from './value-reader.js';

/** The entries of a record that a copy of it keeps. */
export class Selection {
  readonly #keys: string[] = [];
  readonly #lengths: { readonly length: number }[] = [];
  /** Where their values are, neighbours together. */
  readonly #ranges: { readonly from: number; to: number }[] = [];
  #flags = 0;

  /** Whether nothing is kept. */
  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** The record's outline. The entries of a record all have the same flags. */
  get outline(): Outline {
    return { kind: Kind.Batch, keys: this.#keys, values: this.#lengths, flags: this.#flags };
  }

  /** Keeps an entry. @param offset where its value starts among the record's values. */
  keep(key: string, offset: number, length: number, flags: number): void {
    this.#keys.push(key);
    this.#lengths.push({ length });
    this.#flags = (flags & (FORGET | ABSENT)) >>> 0;
    const last = this.#ranges.at(-1);
    if (last?.to === offset) last.to += length;
    else this.#ranges.push({ from: offset, to: offset + length });
  }

  /** Reads the values kept, checked, a part at a time. A part is good until the next. */
  source(reader: ValueReader, place: ValuesPlace): ValueSource {
    const parts = read(reader, place, this.#ranges);
    return () => parts.next().value ?? new Uint8Array(0);
  }
}

function* read(
  reader: ValueReader,
  place: ValuesPlace,
  ranges: Iterable<{ readonly from: number; readonly to: number }>,
): Generator<Uint8Array, void, void> {
  const part = Buffer.allocUnsafeSlow(SPAN);
  for (const { from, to } of ranges) {
    for (let at = from; at < to; at += SPAN) {
      const end = Math.min(at + SPAN, to);
      reader.read(place, at, end);
      reader.copy(part, 0, at, end - at);
      yield part.subarray(0, end - at);
    }
  }
}
