import { isBefore } from './format.js';
import type { RecordReader } from './record-reader.js';

/** A segment being read, with its next record read but not dealt with. */
export interface Ahead {
  readonly reader: RecordReader;
}

/** Gives segments by their next record, in the one order of all records, and reads on after each. */
export function* inOrder<T extends Ahead>(segments: readonly T[]): Generator<T, void, void> {
  const queue = [...segments].sort((a, b) => (isBefore(b.reader.header, a.reader.header) ? 1 : -1));
  for (let first = queue.shift(); first !== undefined; first = queue.shift()) {
    const second = queue[0]?.reader.header;
    const { reader } = first;
    let more: boolean;
    do {
      yield first;
      more = reader.next();
    } while (more && (second === undefined || !isBefore(second, reader.header)));
    if (!more) continue;
    const after = queue.findIndex((other) => isBefore(reader.header, other.reader.header));
    queue.splice(after < 0 ? queue.length : after, 0, first);
  }
}
