import { SHORT_BLOCKS } from './blocks.js';
import type { KeyIndex } from './key-index.js';
import type { PieceTable } from './piece-table.js';
import { SPAN, type ValueReader, type ValuesPlace } from './value-reader.js';

/** Reading so many bytes more is cheaper than another read. */
const BYTES_PER_READ = 2 * SHORT_BLOCKS.data;

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
      const offset = offsets[next] as number;
      const start = Math.min(from, offset);
      const end = Math.max(to, offset + (lengths[next] as number));
      if (end - start > SPAN || end - start > (next - first + 1) * BYTES_PER_READ) break;
      from = start;
      to = end;
    }
    const values = index.valuesOf(record);
    // Damage between the pieces is none of theirs, so each is then read on its own.
    if (next - first > 1 && reader.tryRead(values, from, to)) {
      copyPieces(reader, table, first, next, places);
    } else {
      for (let i = first; i < next; i++) {
        const place = places[slots[i] as number] as Place;
        yield* readPiece(reader, values, offsets[i] as number, lengths[i] as number, place);
      }
    }
    first = next;
    yield;
  }
}

/** Copies pieces that were read, each to its place. */
function copyPieces(
  reader: ValueReader,
  { offsets, lengths, slots }: PieceTable,
  first: number,
  next: number,
  places: readonly Place[],
): void {
  for (let i = first; i < next; i++) {
    const place = places[slots[i] as number] as Place;
    place.at = reader.copy(place.memory, place.at, offsets[i] as number, lengths[i] as number);
  }
}

/** Reads one piece, in parts if it is long. */
function* readPiece(
  reader: ValueReader,
  values: ValuesPlace,
  offset: number,
  length: number,
  place: Place,
): Generator<void, void, void> {
  for (let left = length; left > 0; ) {
    const at = offset + length - left;
    const part = Math.min(left, SPAN);
    reader.read(values, at, at + part);
    place.at = reader.copy(place.memory, place.at, at, part);
    left -= part;
    if (left > 0) yield;
  }
}
