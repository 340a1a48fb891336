/**
 * What may stand in a slot of a table: a scalar of so many bytes, one that must be zero, text, another table, a list
 * of tables or of so many bytes each, or the table that the byte in the slot before it chooses.
 */
type Slot =
  | number
  | 'text'
  | { readonly zero: number; readonly otherwise: string }
  | { readonly table: string; readonly required?: true }
  | { readonly tables: string }
  | { readonly list: number }
  | { readonly choice: readonly string[] };

const TYPES = [
  ...['', 'Plain', 'Int', 'FloatingPoint', 'Plain', 'Plain', 'Plain', 'Decimal', 'Date', 'Time'],
  ...['Timestamp', 'Interval', 'Plain', 'Plain', 'Union', 'FixedSizeBinary', 'FixedSizeList'],
  ...['Map', 'Duration', 'Plain', 'Plain', 'Plain', '', 'Plain', 'Plain'],
];

/**
 * The tables of Arrow's metadata with their slots, in order
 * (https://github.com/apache/arrow/blob/main/format/Message.fbs and Schema.fbs).
 */
const TABLES: { readonly [name: string]: readonly Slot[] } = {
  Message: [
    ...[2, 1, { choice: ['', 'Schema', 'DictionaryBatch', 'RecordBatch'] }, 8],
    { tables: 'KeyValue' },
  ],
  Schema: [
    ...[
      { zero: 2, otherwise: 'its numbers are big-endian' },
      { tables: 'Field' },
      { tables: 'KeyValue' },
    ],
    { list: 8 },
  ],
  Field: [
    ...['text' as const, 1, 1, { choice: TYPES }, { table: 'DictionaryEncoding' }],
    ...[{ tables: 'Field' }, { tables: 'KeyValue' }],
  ],
  KeyValue: ['text', 'text'],
  DictionaryEncoding: [8, { table: 'Int' }, 1, 2],
  RecordBatch: [8, { list: 16 }, { list: 16 }, { table: 'BodyCompression' }, { list: 8 }],
  DictionaryBatch: [8, { table: 'RecordBatch', required: true }, 1],
  BodyCompression: [1, 1],
  Plain: [],
  Int: [4, 1],
  FloatingPoint: [2],
  Decimal: [4, 4, 4],
  Date: [2],
  Time: [2, 4],
  Timestamp: [2, 'text'],
  Interval: [2],
  Union: [2, { list: 4 }],
  FixedSizeBinary: [4],
  FixedSizeList: [4],
  Map: [1],
  Duration: [2],
};

/** Tables deep in each other. */
const MAX_DEPTH = 128;

/**
 * Checks a message's metadata, a FlatBuffer, before anything is made of it: no offset may leave it, no list claim more
 * than there is. FlatBuffers for JavaScript believe everything.
 *
 * @throws {RangeError} saying what is wrong.
 */
export function checkMessage(bytes: Uint8Array): void {
  new MessageCheck(bytes).run();
}

class MessageCheck {
  readonly #view: DataView;
  /** Bytes that may still be read; tables that share their parts could have more of them read than there are. */
  #left: number;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.#view = new DataView(buffer, byteOffset, length);
    this.#left = 4 * length;
  }

  run(): void {
    this.#table(this.#target(0), 'Message', 0);
  }

  #table(at: number, name: string, depth: number): void {
    if (depth > MAX_DEPTH) fail('its tables are too deep in each other');
    this.#take(at, 4);
    const layout = at - this.#view.getInt32(at, true);
    this.#take(layout, 4);
    const layoutBytes = this.#view.getInt16(layout, true);
    if (layoutBytes < 4 || layoutBytes % 2 === 1) fail(`a ${name} has no layout`);
    this.#take(layout, layoutBytes);
    (TABLES[name] as readonly Slot[]).forEach((slot, i) => {
      const entry = 4 + 2 * i;
      const offset = entry < layoutBytes ? this.#view.getInt16(layout + entry, true) : 0;
      if (offset < 0) fail(`a ${name} has a part before it`);
      if (offset > 0)
        this.#slot(at + offset, slot, depth, () => this.#chosen(at, layout, entry - 2));
      else if (isRequired(slot)) fail(`a ${name} lacks its main part`);
    });
  }

  #slot(at: number, slot: Slot, depth: number, chosen: () => number): void {
    if (typeof slot === 'number') this.#take(at, slot);
    else if (slot === 'text') this.#list(at, 1);
    else if ('zero' in slot) {
      this.#take(at, slot.zero);
      if (this.#view.getInt16(at, true) !== 0) throw new RangeError(slot.otherwise);
    } else if ('list' in slot) this.#list(at, slot.list);
    else if ('table' in slot) this.#table(this.#target(at), slot.table, depth + 1);
    else if ('choice' in slot) {
      const name = slot.choice[chosen()] || unreadable(chosen());
      this.#table(this.#target(at), name, depth + 1);
    } else {
      const { begin, count } = this.#list(at, 4);
      for (let i = 0; i < count; i++)
        this.#table(this.#target(begin + 4 * i), slot.tables, depth + 1);
    }
  }

  /** The byte in a table's slot, by which it says what the next slot holds. */
  #chosen(at: number, layout: number, entry: number): number {
    const offset = this.#view.getUint16(layout + entry, true);
    return offset === 0 ? 0 : this.#view.getUint8(at + offset);
  }

  #list(at: number, size: number): { readonly begin: number; readonly count: number } {
    const list = this.#target(at);
    this.#take(list, 4);
    const count = this.#view.getUint32(list, true);
    this.#take(list + 4, count * size);
    return { begin: list + 4, count };
  }

  /** Where the offset at `at` points. */
  #target(at: number): number {
    this.#take(at, 4);
    return at + this.#view.getUint32(at, true);
  }

  #take(at: number, bytes: number): void {
    if (at < 0 || at + bytes > this.#view.byteLength) fail('it points past its end');
    this.#left -= bytes;
    if (this.#left < 0) fail('its parts overlap');
  }
}

function isRequired(slot: Slot): boolean {
  return typeof slot === 'object' && ('choice' in slot || 'required' in slot);
}

function fail(what: string): never {
  throw new RangeError(`its metadata is damaged: ${what}`);
}

function unreadable(kind: number): never {
  throw new RangeError(`it has a message or type of kind ${kind}, which apache-arrow doesn't read`);
}
