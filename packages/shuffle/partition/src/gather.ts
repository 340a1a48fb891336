import { type EncodedBatch, encodeBatch } from '@spillway/arrow/ipc';
import { type Data, RecordBatch, type Schema, type Struct } from 'apache-arrow';
import { Arena, NONE } from './arena.js';
import { Body } from './body.js';
import { BodyEncoder } from './body-encoder.js';
import type { Column } from './column.js';
import { makeColumns } from './columns.js';
import { Grouping } from './grouping.js';
import { buffersOf, childOf, measureAll } from './nested-columns.js';
import { Scratch } from './scratch.js';
import { Slots } from './slots.js';

/** Rows of one partition. */
export interface Frame {
  /** The partition's number. */
  readonly partition: number;
  readonly rows: number;
  /** The rows as an Arrow IPC stream of one record batch, for which `copyTo` writes its bytes where they are wanted. */
  readonly batch: EncodedBatch;
}

/** Options of {@link Gather}. */
export interface GatherOptions {
  /** Bytes of memory in all. Default 128 MiB; more than 1 GiB is of no use. */
  readonly memory?: number;
  /** Bytes at which a partition's rows are handed over. Default 1 MiB. */
  readonly frameBytes?: number;
}

const DEFAULT_MEMORY = 128 * 2 ** 20;
const DEFAULT_FRAME_BYTES = 2 ** 20;

/** Places in the arena are 32-bit numbers, and it reserves up to twice the memory; what isn't touched is free. */
const MOST_MEMORY = 2 ** 30;

/** The share of memory for gathered rows. The rest is for those that come in. */
const GATHERED_SHARE = 7 / 8;

/** Rows that come in at once take at most this share. */
const PIECE_SHARE = 1 / 8;

/** Rows at once: a column of a piece should fit a core's cache, and each partition's share of it be long. */
const PIECE_ROWS = 131_072;

/** Of full memory, this share stays when room is made. */
const KEPT_SHARE = 15 / 16;

/**
 * So many partitions should have room for a page of each buffer: four times those there are, within these bounds. Few
 * have large pages, which are filled a third faster; when there are more than expected, pages are made anew.
 */
const FEWEST_EXPECTED = 1024;
const MOST_EXPECTED = 16_384;
const EXPECTED_FACTOR = 4;
const SMALLEST_PAGE = 64;
const LARGEST_PAGE = 4096;

/** Frames are handed over in groups of about so many bytes. */
const GROUP_BYTES = 4 * 2 ** 20;

/**
 * Collects rows by partition until there are enough to be worth a frame, or memory is due: then the largest
 * partitions go first. Rows of a partition keep their order. Memory is reserved once and used again.
 *
 * What `add` and `end` yield is good until the generator is resumed; a generator must be run to its end.
 */
export class Gather {
  readonly schema: Schema;
  readonly #encoder: BodyEncoder;
  readonly #memory: number;
  readonly #frameBytes: number;
  readonly #pieceBytes: number;
  readonly #buffers: number;
  readonly #grouping = new Grouping();
  readonly #appended = new Scratch(Int32Array);
  /** How many partitions the pages are made for; none yet. */
  #expected = 0;
  #arena!: Arena;
  #columns: readonly Column[] = [];
  #slots = new Slots(0);
  /** Pages that gathered rows may take. */
  #mostPages = 0;

  /** @throws {SchemaError} naming a field whose type is unknown. */
  constructor(schema: Schema, options: GatherOptions = {}) {
    const { frameBytes = DEFAULT_FRAME_BYTES } = options;
    const memory = Math.min(options.memory ?? DEFAULT_MEMORY, MOST_MEMORY);
    this.schema = schema;
    this.#encoder = new BodyEncoder(schema);
    this.#frameBytes = Math.min(frameBytes, memory * PIECE_SHARE);
    this.#pieceBytes = memory * PIECE_SHARE;
    this.#memory = memory;
    const nowhere = new Arena({ pages: 0, pageBytes: SMALLEST_PAGE, slots: 1 });
    this.#buffers = buffersOf(makeColumns(schema.fields, nowhere));
  }

  /**
   * Takes the rows of a batch of the schema, and yields frames that are full or had to go.
   *
   * @param partitions the number of each row's partition. @param total all numbers are below.
   */
  *add(batch: RecordBatch, partitions: Int32Array, total: number): Generator<Frame[], void, void> {
    if (this.#expected < Math.min(total, MOST_EXPECTED) || this.#expected === 0) {
      yield* this.end();
      this.#reserve(total);
    }
    for (let from = 0; from < batch.numRows; from += PIECE_ROWS) {
      const to = Math.min(batch.numRows, from + PIECE_ROWS);
      yield* this.#addPiece(slice(batch.data, from, to), partitions.subarray(from, to), total);
    }
  }

  /** Yields all that is left, by partition. */
  *end(): Generator<Frame[], void, void> {
    yield* this.#finish(this.#slots.byPartition());
  }

  /** Makes pages for so many partitions. Those that were there before are empty. */
  #reserve(total: number): void {
    this.#expected = Math.min(MOST_EXPECTED, Math.max(FEWEST_EXPECTED, EXPECTED_FACTOR * total));
    const pageBytes = pageSize(this.#memory, this.#expected, this.#buffers);
    this.#mostPages = Math.floor((this.#memory * GATHERED_SHARE) / pageBytes);
    this.#arena = new Arena({
      pages: 2 * this.#mostPages,
      pageBytes,
      slots: Math.ceil((2 * this.#mostPages) / Math.max(1, this.#buffers)),
    });
    this.#columns = makeColumns(this.schema.fields, this.#arena);
    this.#slots = new Slots(this.#arena.slots);
  }

  *#addPiece(piece: Data, partitions: Int32Array, total: number): Generator<Frame[], void, void> {
    const arena = this.#arena;
    const bytes = measureAll(this.#columns, piece);
    this.#grouping.group(partitions, piece.length, total);
    const slots = this.#newSlots();
    const pages = Math.ceil(bytes / arena.pageBytes);
    const likely = pages + slots * this.#buffers;
    if (arena.inUse + likely > this.#mostPages) yield* this.#makeRoom(likely);
    // In the worst case, each partition begins a page in each buffer.
    const most = pages + this.#grouping.count * arena.streams;
    if (bytes > this.#pieceBytes || arena.inUse + most > arena.pages || slots > this.#slots.left) {
      yield* this.#addParts(piece, partitions, total);
    } else {
      yield* this.#finish(this.#append(piece));
    }
  }

  /** Adds a piece that is too large for what room there is: half by half; a single row goes past memory. */
  *#addParts(piece: Data, partitions: Int32Array, total: number): Generator<Frame[], void, void> {
    const { length } = piece;
    if (length > 1) {
      const half = length >> 1;
      yield* this.#addPiece(slice(piece, 0, half), partitions.subarray(0, half), total);
      yield* this.#addPiece(slice(piece, half, length), partitions.subarray(half), total);
      return;
    }
    const partition = partitions[0] as number;
    const slot = this.#slots.of(partition);
    if (slot !== NONE) yield* this.#finish([slot]);
    const batch = encodeBatch(new RecordBatch(this.schema, piece as Data<Struct>));
    yield [{ partition, rows: length, batch }];
  }

  /** How many of the partitions grouped have no slot. */
  #newSlots(): number {
    const { count, partitions } = this.#grouping;
    let missing = 0;
    for (let i = 0; i < count; i++) {
      if (this.#slots.of(partitions.array[i] as number) === NONE) missing++;
    }
    return missing;
  }

  /** Appends the rows grouped, column by column; gives the slots that are full then. */
  #append(piece: Data): number[] {
    const { count, partitions, starts, order } = this.#grouping;
    const { rows } = this.#slots;
    const slots = this.#appended.take(count);
    for (let i = 0; i < count; i++) slots[i] = this.#slots.open(partitions.array[i] as number);
    this.#columns.forEach((column, index) => {
      column.load(childOf(piece, index));
      for (let i = 0; i < count; i++) {
        const slot = slots[i] as number;
        const from = starts.array[i] as number;
        const to = starts.array[i + 1] as number;
        column.append(slot, order.array, from, to, rows[slot] as number);
      }
    });
    const full: number[] = [];
    const fullPages = this.#frameBytes / this.#arena.pageBytes;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      rows[slot] =
        (rows[slot] as number) + (starts.array[i + 1] as number) - (starts.array[i] as number);
      if ((this.#arena.held[slot] as number) >= fullPages) full.push(slot);
    }
    return full;
  }

  /** Finishes the largest slots, so that there is room for so many pages and some more. */
  *#makeRoom(pages: number): Generator<Frame[], void, void> {
    const kept = this.#mostPages * KEPT_SHARE;
    const wanted = this.#arena.inUse + pages - kept;
    yield* this.#finish(this.#slots.largest(this.#arena.held, wanted));
  }

  /** Makes frames of slots, some at once, and empties the slots once these were used. */
  *#finish(slots: readonly number[]): Generator<Frame[], void, void> {
    const arena = this.#arena;
    for (let from = 0, to = 0; from < slots.length; from = to) {
      let pages = 0;
      while (to < slots.length && pages * arena.pageBytes < GROUP_BYTES) {
        pages += arena.held[slots[to++] as number] as number;
      }
      const group = slots.slice(from, to);
      yield group.map((slot) => this.#frame(slot));
      for (const slot of group) {
        this.#slots.close(slot);
        arena.clear(slot);
      }
    }
  }

  #frame(slot: number): Frame {
    const rows = this.#slots.rows[slot] as number;
    const body = new Body(slot, rows);
    for (const column of this.#columns) column.layOut(body, rows);
    return { partition: this.#slots.partition(slot), rows, batch: this.#encoder.encode(body) };
  }
}

function pageSize(memory: number, partitions: number, buffers: number): number {
  const share = memory / partitions / Math.max(1, buffers);
  const powerOfTwo = 2 ** Math.floor(Math.log2(share));
  return Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, powerOfTwo));
}

function slice(data: Data, from: number, to: number): Data {
  return from === 0 && to === data.length ? data : data.slice(from, to - from);
}
