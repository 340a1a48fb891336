import { BLOCK_DATA } from './blocks.js';
import type { KeyIndex } from './key-index.js';
import type { PieceTable } from './piece-table.js';
import { SPAN, type ValueReader } from './value-reader.js';

/** Reading so many bytes more is cheaper than another read. */
const BYTES_PER_READ = 2 * BLOCK_DATA;

/** Where a value is put together. */
export interface Place {
  readonly memory: Uint8Array;
  /** Where the next of its bytes goes. */
  at: number;
}

/**
 * Reads the pieces of a table and appends each to its place, in the order of the table. Pieces that lie near
 * each other in one record are read at once.
 *
 * @param places where each list's value goes, by the number of the list in the table.
 * @throws {CorruptError} when a piece is damaged. @throws {StorageError}
 */
export function* gather(
  reader: ValueReader,
  index: KeyIndex,
  table: PieceTable,
  places: readonly Place[],
): Generator<void, void, void> {
  const { records, offsets, lengths, slots, count } = table;
  for (let first = 0; first < count; ) {
    const record = records[first] as number;
    let from = offsets[first] as number;
    let to = from + (lengths[first] as number);
    let next = first + 1;
    for (; next < count && records[next] === record; next++) {
      const start = Math.min(from, offsets[next] as number);
      const end = Math.max(to, (offsets[next] as number) + (lengths[next] as number));
      if (end - start > SPAN || end - start > (next - first + 1) * BYTES_PER_READ) break;
      from = start;
      to = end;
    }
    const values = index.valuesOf(record);
    // Damage between the pieces is none of theirs, so each is then read on its own.
    const together = next - first > 1 && reader.tryRead(values, from, to);
    for (let i = first; i < next; i++) {
      const place = places[slots[i] as number] as Place;
      const offset = offsets[i] as number;
      const end = offset + (lengths[i] as number);
      for (let at = offset; at < end; ) {
        const part = together ? end - at : Math.min(end - at, SPAN);
        if (!together) reader.read(values, at, at + part);
        place.at = reader.copy(place.memory, place.at, at, part);
        at += part;
        if (at < end) yield;
      }
    }
    first = next;
    yield;
  }
}
