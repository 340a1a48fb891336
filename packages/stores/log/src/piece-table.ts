import { PIECE_WORDS, type PieceLists } from './piece-lists.js';

/** Pieces to be read, in columns: the number of their list here, and where they are. */
export interface PieceTable {
  readonly slots: Uint32Array;
  readonly records: Uint32Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly count: number;
}

/** The most buckets that pieces are sorted into. */
const MOST_BUCKETS = 1 << 20;

/**
 * The pieces of some lists in the order of their records, those of one list in their own order: a pass over
 * this is a nearly sequential pass over the segments.
 */
export function tableOf(lists: PieceLists, wanted: readonly number[]): PieceTable {
  const unsorted = collect(lists, wanted);
  return wanted.length === 1 ? unsorted : sortByRecord(unsorted);
}

/** A table of one list in parts of up to so many bytes. */
export function* partsOf(
  table: PieceTable,
  most: number,
): Generator<{ readonly part: PieceTable; readonly bytes: number }, void, void> {
  const { records, offsets, lengths } = table;
  let from = 0;
  /** Bytes of the piece at `from` that were given already. */
  let given = 0;
  while (from < table.count) {
    let to = from;
    let bytes = 0;
    while (to < table.count && bytes < most) {
      bytes += (lengths[to] as number) - (to === from ? given : 0);
      to++;
    }
    const part = {
      slots: table.slots.slice(from, to),
      records: records.slice(from, to),
      offsets: offsets.slice(from, to),
      lengths: lengths.slice(from, to),
      count: to - from,
    };
    part.offsets[0] = (part.offsets[0] as number) + given;
    part.lengths[0] = (part.lengths[0] as number) - given;
    const over = Math.max(bytes - most, 0);
    const last = to - from - 1;
    part.lengths[last] = (part.lengths[last] as number) - over;
    given = over === 0 ? 0 : (lengths[to - 1] as number) - over;
    from = over === 0 ? to : to - 1;
    yield { part, bytes: bytes - over };
  }
}

function collect(lists: PieceLists, wanted: readonly number[]): PieceTable {
  let count = 0;
  for (const list of wanted) count += lists.count(list);
  const { slots, records, offsets, lengths } = emptyTable(count);
  let row = 0;
  wanted.forEach((list, slot) => {
    lists.each(list, (page, from, to) => {
      for (let at = from; at < to; at += PIECE_WORDS, row++) {
        slots[row] = slot;
        records[row] = page[at] as number;
        offsets[row] = page[at + 1] as number;
        lengths[row] = page[at + 2] as number;
      }
    });
  });
  return { slots, records, offsets, lengths, count };
}

/** Sorts by counting; where records are few for many buckets, several records may share one. */
function sortByRecord(table: PieceTable): PieceTable {
  const { slots, records, offsets, lengths, count } = table;
  if (count === 0) return table;
  let lowest = 0xffff_ffff;
  let highest = 0;
  for (let i = 0; i < count; i++) {
    const record = records[i] as number;
    if (record < lowest) lowest = record;
    if (record > highest) highest = record;
  }
  let shift = 0;
  while ((highest - lowest) >>> shift >= Math.min(MOST_BUCKETS, Math.max(count, 16))) shift++;
  const starts = new Uint32Array(((highest - lowest) >>> shift) + 2);
  for (let i = 0; i < count; i++) {
    const bucket = (((records[i] as number) - lowest) >>> shift) + 1;
    starts[bucket] = (starts[bucket] as number) + 1;
  }
  for (let i = 1; i < starts.length; i++)
    starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  const sorted = emptyTable(count);
  for (let i = 0; i < count; i++) {
    const bucket = ((records[i] as number) - lowest) >>> shift;
    const row = starts[bucket] as number;
    starts[bucket] = row + 1;
    sorted.slots[row] = slots[i] as number;
    sorted.records[row] = records[i] as number;
    sorted.offsets[row] = offsets[i] as number;
    sorted.lengths[row] = lengths[i] as number;
  }
  return { ...sorted, count };
}

function emptyTable(count: number) {
  return {
    slots: new Uint32Array(count),
    records: new Uint32Array(count),
    offsets: new Uint32Array(count),
    lengths: new Uint32Array(count),
  };
}
