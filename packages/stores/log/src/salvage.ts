import { blocksOf } from './blocks.js';
import { Examination, type FoundRecord } from './examine.js';
import type { Files } from './files.js';
import { ENTRY_BYTES, KEY_BITS, Kind } from './format.js';
import type { OpenFiles } from './open-files.js';
import type { SegmentCopy } from './segment-copy.js';
import { Selection } from './selection.js';
import { SCRATCH_BYTES, ValueReader } from './value-reader.js';

/** The keys that a segment defines, by number, as far as they are known. */
type Keys = (string | undefined)[];

/**
 * Copies all that can be read of a damaged segment: the records that are whole, and of the others the entries
 * whose key and value are.
 *
 * @param lost gets the keys that are known to have lost something.
 * @throws {StorageError}
 */
export function* salvage(
  files: Files,
  open: OpenFiles,
  path: string,
  copy: SegmentCopy,
  lost: Set<string>,
): Generator<void, void, void> {
  const reader = new ValueReader(files, open, Buffer.allocUnsafeSlow(SCRATCH_BYTES));
  const examination = new Examination(files, open, path, files.size(open.descriptor(path)));
  const keys: Keys = [];
  for (const record of examination.records()) {
    yield;
    if (record?.table === undefined) continue;
    define(keys, record, record.table);
    const { kind } = record.header;
    if (kind === Kind.Drop) {
      const outline = { kind, keys: [], values: [], flags: 0 };
      yield* copy.add(record.header, outline, () => new Uint8Array(0));
    }
    if (kind !== Kind.Batch) continue;
    const kept = select(keys, record, record.table, lost);
    if (kept.isEmpty) continue;
    const { entries, valueBytes } = record.header;
    const blocks = blocksOf(entries, valueBytes);
    const place = { path, at: record.valuesAt, bytes: valueBytes, blocks };
    yield* copy.add(record.header, kept.outline, kept.source(reader, place));
  }
}

/** The names of the segments that a damaged one took the place of. */
export function replacedBy(files: Files, open: OpenFiles, path: string): string[] {
  const examination = new Examination(files, open, path, files.size(open.descriptor(path)));
  for (const record of examination.records()) {
    if (record === undefined) continue;
    const keys: Keys = [];
    if (record.header.kind !== Kind.Replaces || record.table === undefined) break;
    define(keys, record, record.table);
    return keys.map((key) => key as string);
  }
  return [];
}

function define(keys: Keys, { header }: FoundRecord, table: Buffer): void {
  const end = table.length - header.entries * ENTRY_BYTES;
  let number = header.keysBefore;
  for (let at = 0; at < end; number++) {
    const bytes = table.readUInt16LE(at);
    keys[number] = table.toString('utf8', at + 2, at + 2 + bytes);
    at += 2 + bytes;
  }
}

function select(keys: Keys, record: FoundRecord, table: Buffer, lost: Set<string>): Selection {
  const { header, badBlocks } = record;
  const { data } = blocksOf(header.entries, header.valueBytes);
  const kept = new Selection();
  let at = table.length - header.entries * ENTRY_BYTES;
  let offset = 0;
  for (let i = 0; i < header.entries; i++, at += ENTRY_BYTES) {
    const entry = table.readUInt32LE(at);
    const length = table.readUInt32LE(at + 4);
    const key = keys[entry & KEY_BITS];
    const end = offset + length;
    const good = !badBlocks.some((bad) => bad < end && bad + data > offset);
    if (key !== undefined && good) kept.keep(key, offset, length, entry);
    else if (key !== undefined) lost.add(key);
    offset = end;
  }
  return kept;
}
