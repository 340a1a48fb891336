import { blocksOf } from './blocks.js';
import type { Followed } from './contents.js';
import { ABSENT, ENTRY_BYTES, KEY_BITS, Kind } from './format.js';
import { type Ahead, inOrder } from './in-order.js';
import type { KeyIndex } from './key-index.js';
import type { RecordReader } from './record-reader.js';
import type { SegmentCopy } from './segment-copy.js';
import { Selection } from './selection.js';
import type { ValueReader } from './value-reader.js';

/** A segment to be copied, with its first record read. */
export interface Input extends Ahead {
  readonly followed: Followed;
}

/**
 * Copies what is live of segments, record by record, each in its place in the order of all.
 *
 * @param tombstones whether what hides older pieces must be kept, since there are such pieces elsewhere.
 * @throws {CorruptError} when something to be copied is damaged. @throws {StorageError}
 */
export function* copyLive(
  inputs: readonly Input[],
  index: KeyIndex,
  values: ValueReader,
  copy: SegmentCopy,
  tombstones: boolean,
): Generator<void, void, void> {
  const known = new Map(
    inputs.map(({ followed }) => [
      followed,
      { keys: [] as string[], records: index.recordsOf(followed.indexed) },
    ]),
  );
  for (const { reader, followed } of inOrder(inputs)) {
    const { keys = [], records } = known.get(followed) ?? {};
    for (const key of reader.definitions()) keys.push(key);
    const { kind, entries, valueBytes } = reader.header;
    if (kind === Kind.Drop && tombstones) {
      const outline = { kind, keys: [], values: [], flags: 0 };
      yield* copy.add(reader.header, outline, () => new Uint8Array(0));
    }
    if (kind !== Kind.Batch) continue;
    const record = records?.next().value as number;
    const kept = select(reader, keys, tombstones, (key) => index.isLive(key, record));
    if (kept.isEmpty) continue;
    const blocks = blocksOf(entries, valueBytes);
    const place = { path: followed.path, at: reader.valuesAt, bytes: valueBytes, blocks };
    yield* copy.add(reader.header, kept.outline, kept.source(values, place));
  }
}

function select(
  reader: RecordReader,
  keys: readonly string[],
  tombstones: boolean,
  isLive: (key: string) => boolean,
): Selection {
  const kept = new Selection();
  let at = reader.entriesAt;
  let offset = 0;
  for (let i = 0; i < reader.header.entries; i++, at += ENTRY_BYTES) {
    const entry = reader.view.getUint32(at, true);
    const length = reader.view.getUint32(at + 4, true);
    const key = keys[entry & KEY_BITS] as string;
    const absent = (entry & ABSENT) !== 0;
    if (absent ? tombstones : isLive(key)) kept.keep(key, offset, length, tombstones ? entry : 0);
    offset += length;
  }
  return kept;
}
