import { MAX_KEY_BYTES } from '@spillway/core';
import { blocksOf } from './blocks.js';
import { Columns } from './columns.js';
import { ABSENT, ENTRY_BYTES, FORGET, KEY_BITS, Kind } from './format.js';
import { PIECE_WORDS, PieceLists } from './piece-lists.js';
import type { RecordReader } from './record-reader.js';
import type { ValuesPlace } from './value-reader.js';

/** Words of a record: the segment it is in, where its values start there, their bytes, its entries. */
const SEGMENT = 0;
const VALUES_AT = 1;
const VALUE_BYTES = 2;
const ENTRIES = 3;
const RECORD_WORDS = 4;

/** Whether a key is the log's own: longer than any other can be. */
function isHidden(key: string): boolean {
  return key.length > MAX_KEY_BYTES;
}

/** What the index knows of a segment. */
export interface IndexedSegment {
  readonly path: string;
  /** Its number in the index. */
  readonly ordinal: number;
  /** The list of each key that the segment numbers. */
  readonly keys: number[];
  /** Bytes of values in its records. */
  valueBytes: number;
  /** So many of them belong to keys that were deleted or replaced since, in so many pieces. */
  deadBytes: number;
  deadPieces: number;
}

/**
 * Where the pieces of each key are: what a replay of all records, in their one order, leaves. Takes 12 bytes
 * a piece and 16 a record, up to twice that while keys have few pieces, and about 150 a key.
 */
export class KeyIndex {
  readonly lists = new PieceLists();
  readonly segments: IndexedSegment[] = [];
  readonly #listOf = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #records = new Columns(RECORD_WORDS);
  #valueBytes = 0;
  #deadBytes = 0;

  /** Makes room for a segment. */
  addSegment(path: string): IndexedSegment {
    const segment = {
      path,
      ordinal: this.segments.length,
      keys: [],
      valueBytes: 0,
      deadBytes: 0,
      deadPieces: 0,
    };
    this.segments.push(segment);
    return segment;
  }

  /** The list of a key that is present. */
  find(key: string): number | undefined {
    const list = this.#listOf.get(key);
    return list !== undefined && this.lists.count(list) > 0 ? list : undefined;
  }

  keyOf(list: number): string {
    return this.#keys[list] as string;
  }

  /** The lists of the keys present that begin with `prefix`, in the order in which they first came. */
  *present(prefix: string): Generator<number, void, void> {
    for (let list = 0; list < this.#keys.length; list++) {
      const key = this.keyOf(list);
      if (this.lists.count(list) > 0 && key.startsWith(prefix) && !isHidden(key)) yield list;
    }
  }

  /** The hidden keys present, which the log itself has written. */
  hidden(): string[] {
    return this.#keys.filter((key, list) => isHidden(key) && this.lists.count(list) > 0);
  }

  /** Where a record's values are. */
  valuesOf(record: number): ValuesPlace {
    const { words } = this.#records;
    const row = record * RECORD_WORDS;
    const { path } = this.segments[words[row + SEGMENT] as number] as IndexedSegment;
    const bytes = words[row + VALUE_BYTES] as number;
    return {
      path,
      at: words[row + VALUES_AT] as number,
      bytes,
      blocks: blocksOf(words[row + ENTRIES] as number, bytes),
    };
  }

  /** The batches of a segment that were applied, in order. */
  *recordsOf(segment: IndexedSegment): Generator<number, void, void> {
    for (let record = 0; record < this.#records.rows; record++) {
      if (this.#records.words[record * RECORD_WORDS + SEGMENT] === segment.ordinal) yield record;
    }
  }

  /** Whether what a record gave a key is still there: whatever takes a key away takes all that came before. */
  isLive(key: string, record: number): boolean {
    const list = this.find(key);
    return list !== undefined && record >= this.lists.firstRecord(list);
  }

  /** Bytes of values that are there. */
  get liveBytes(): number {
    return this.#valueBytes - this.#deadBytes;
  }

  /** Bytes of values that are not there any more, but take space. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  /** Bytes of memory taken, without those of the keys themselves. */
  get memory(): number {
    return this.lists.memory + this.#records.words.byteLength;
  }

  /** Does what a record says. Records come in their one order. */
  apply(segment: IndexedSegment, reader: RecordReader): void {
    const { kind } = reader.header;
    for (const key of reader.definitions()) segment.keys.push(this.#list(key));
    if (kind === Kind.Batch) this.#applyBatch(segment, reader);
    else if (kind === Kind.Drop) this.#forgetAll();
  }

  #applyBatch(segment: IndexedSegment, reader: RecordReader): void {
    const { entries, valueBytes } = reader.header;
    const record = this.#records.rows;
    const row = this.#records.add();
    this.#records.words[row + SEGMENT] = segment.ordinal;
    this.#records.words[row + VALUES_AT] = reader.valuesAt;
    this.#records.words[row + VALUE_BYTES] = valueBytes;
    this.#records.words[row + ENTRIES] = entries;
    segment.valueBytes += valueBytes;
    this.#valueBytes += valueBytes;
    const { view } = reader;
    let at = reader.entriesAt;
    let offset = 0;
    for (let i = 0; i < entries; i++, at += ENTRY_BYTES) {
      const entry = view.getUint32(at, true);
      const length = view.getUint32(at + 4, true);
      const list = segment.keys[entry & KEY_BITS] as number;
      if ((entry & FORGET) !== 0) this.#forget(list);
      if ((entry & ABSENT) !== 0) continue;
      this.lists.push(list, record, offset, length);
      offset += length;
    }
  }

  #segmentOf(record: number): IndexedSegment {
    const ordinal = this.#records.words[record * RECORD_WORDS + SEGMENT] as number;
    return this.segments[ordinal] as IndexedSegment;
  }

  #list(key: string): number {
    let list = this.#listOf.get(key);
    if (list === undefined) {
      list = this.lists.add();
      this.#listOf.set(key, list);
      this.#keys.push(key);
    }
    return list;
  }

  #forget(list: number): void {
    this.lists.each(list, (page, from, to) => {
      for (let at = from; at < to; at += PIECE_WORDS) {
        const segment = this.#segmentOf(page[at] as number);
        segment.deadBytes += page[at + 2] as number;
        this.#deadBytes += page[at + 2] as number;
        segment.deadPieces++;
      }
    });
    this.lists.clear(list);
  }

  #forgetAll(): void {
    for (let list = 0; list < this.#keys.length; list++) this.#forget(list);
  }
}
