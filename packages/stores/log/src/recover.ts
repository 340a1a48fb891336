import { CorruptError } from '@spillway/core';
import { Examination } from './examine.js';
import { type Files, removeIfThere } from './files.js';
import { type ReadSegmentHeader, SEGMENT_HEADER_BYTES } from './format.js';
import type { OpenFiles } from './open-files.js';
import { readWhole } from './record-reader.js';
import type { Roster } from './roster.js';
import {
  hintPath,
  listSegments,
  parseSegmentName,
  readHintHeader,
  readSegmentHeader,
  segmentPath,
} from './segment-files.js';

/**
 * Begins a log's work in this run of the system, as its first user, while nobody else uses it.
 *
 * What an earlier run wrote and did not bring to the disk may be there in part, since the power may have
 * failed. Of each writer's segments, all up to the first record that is not whole is kept, and the rest is cut
 * off. Damage in what had been brought to the disk is left for `verify` and `repair`.
 *
 * Then the roster is made, with an epoch that comes after all others: the clock begins anew with each run.
 *
 * @throws {StorageError}
 */
export function recover(directory: string, files: Files, open: OpenFiles, roster: Roster): void {
  const { segments } = listSegments(files, directory);
  const inOrder = segments.map((name) => ({ name, ...parseSegmentName(name) }));
  inOrder.sort((a, b) =>
    a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : a.number - b.number,
  );
  let highest = 0;
  let before = { writer: '', number: 0, length: 0 };
  for (const { name, writer, number } of inOrder) {
    const path = segmentPath(directory, name);
    const segment = examine(files, open, path);
    const follows = before.writer === writer && before.number === number - 1;
    const afterHole = follows && segment.previous > before.length && segment.durable === 0;
    before = { writer, number, length: 0 };
    open.forget();
    if (!segment.sure && (afterHole || !segment.begun)) {
      files.remove(path);
      removeIfThere(files, hintPath(path));
      continue;
    }
    if (!segment.sure && segment.whole < segment.length) cut(files, path, segment.whole);
    if (!segment.sure && segment.whole < segment.hinted) removeIfThere(files, hintPath(path));
    before.length = segment.whole;
    highest = Math.max(highest, segment.highest);
  }
  roster.renew(highest + 1);
}

/** What is left of a segment that an earlier run of the system wrote. */
interface OldSegment {
  /** Whether it can't be that a power cut took something from it. */
  readonly sure: boolean;
  /** Whether its header was written. */
  readonly begun: boolean;
  /** Its length, and that of its beginning that is whole, or damaged by something else than a power cut. */
  readonly length: number;
  readonly whole: number;
  /** The length that its hint names; 0 when it has none. */
  readonly hinted: number;
  /** So many bytes were on the disk for sure. */
  readonly durable: number;
  /** The length of its writer's segment before it. */
  readonly previous: number;
  /** The highest epoch of its records. */
  readonly highest: number;
}

function examine(files: Files, open: OpenFiles, path: string): OldSegment {
  const length = files.size(open.descriptor(path));
  const header = readHeader(files, open, path);
  const boot = files.boot();
  const sure = header === 'damaged' || (header?.boot ?? '') === boot || /^0*$/.test(boot);
  const hint = readHintHeader(files, open, hintPath(path));
  const begun = header !== undefined;
  const { previous = 0, epoch = 0 } = typeof header === 'object' ? header : {};
  if (hint?.length === length && (sure || hint.durable === length)) {
    const { durable, highest } = hint;
    return { sure, begun, length, whole: length, hinted: length, durable, previous, highest };
  }
  let durable = hint?.durable ?? 0;
  let highest = epoch;
  let whole = SEGMENT_HEADER_BYTES;
  /** Where damage was met with first, and the record that has it. */
  let first: { readonly offset: number; readonly record: number } | undefined;
  const examination = new Examination(files, open, path, length);
  for (const record of examination.records()) {
    const damage = examination.damage[0];
    if (record === undefined) continue;
    if (damage !== undefined)
      first ??= { offset: damage.offset, record: Math.min(whole, damage.offset) };
    whole = examination.position;
    durable = Math.max(durable, record.header.durable);
    highest = Math.max(highest, record.header.epoch);
  }
  const last = examination.damage[0];
  if (last !== undefined) first ??= { offset: last.offset, record: whole };
  if (first !== undefined) whole = first.offset >= durable ? first.record : length;
  // What was on the disk for sure and is missing is not a power cut's work.
  const hinted = durable > length ? 0 : (hint?.length ?? 0);
  return { sure, begun, length, whole, hinted, durable, previous, highest };
}

/** `undefined` when there is none, as after a power cut: the file is too short, or begins with zeros. */
function readHeader(
  files: Files,
  open: OpenFiles,
  path: string,
): ReadSegmentHeader | 'damaged' | undefined {
  try {
    return readSegmentHeader(files, open, path);
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
    readWhole(files, open.descriptor(path), bytes, 0, bytes.length, 0, path);
    return bytes.every((byte) => byte === 0) ? undefined : 'damaged';
  }
}

function cut(files: Files, path: string, length: number): void {
  const fd = files.open(path, 'r+');
  try {
    files.truncate(fd, length);
  } finally {
    files.close(fd);
  }
}
