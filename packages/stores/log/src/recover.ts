import type { Files } from './files.js';
import { SEGMENT_HEADER_BYTES } from './format.js';
import type { OpenFiles } from './open-files.js';
import { RecordReader } from './record-reader.js';
import type { Roster } from './roster.js';
import { listSegments, readHint, readSegmentHeader, segmentPath } from './segment-files.js';

/**
 * Begins a log's work in this run of the system, as its first user, while nobody else uses it: the roster is
 * made, with an epoch that comes after all others, since the clock begins anew with each run.
 *
 * @throws {CorruptError} @throws {StorageError}
 */
export function recover(directory: string, files: Files, open: OpenFiles, roster: Roster): void {
  const { segments, hinted } = listSegments(files, directory);
  let highest = 0;
  for (const name of segments) {
    const path = segmentPath(directory, name);
    highest = Math.max(highest, highestEpoch(files, open, path, hinted.has(name)));
  }
  roster.renew(highest + 1);
}

function highestEpoch(files: Files, open: OpenFiles, path: string, hinted: boolean): number {
  const header = readSegmentHeader(files, open, path);
  if (header === undefined) return 0;
  const end = files.size(open.descriptor(path));
  const hint = hinted ? readHint(files, open, path, end) : undefined;
  if (hint !== undefined) return hint.highest;
  const source = { path, position: SEGMENT_HEADER_BYTES, sequence: 0, end, seed: header.seed };
  const reader = new RecordReader(files, open, source);
  let highest = header.epoch;
  while (reader.next()) highest = Math.max(highest, reader.header.epoch);
  return highest;
}
