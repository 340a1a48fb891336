import { CorruptError } from '@spillway/core';
import { type Damage, Examination } from './examine.js';
import type { Files } from './files.js';
import type { OpenFiles } from './open-files.js';
import {
  hintedLength,
  type Listing,
  parseSegmentName,
  readSegmentHeader,
  segmentName,
  segmentPath,
} from './segment-files.js';

/** Reads a whole segment and says what is not as it was written. @throws {StorageError} */
export function* damageOf(
  files: Files,
  open: OpenFiles,
  directory: string,
  listing: Listing,
  name: string,
): Generator<void, Damage[], void> {
  const path = segmentPath(directory, name);
  const end = files.size(open.descriptor(path));
  const examination = new Examination(files, open, path, end);
  for (const _ of examination.records()) yield;
  const once = lengthOnce(files, open, directory, listing, name);
  if (once <= end) return examination.damage;
  return [...examination.damage, { path, offset: end, bytes: once - end, what: 'missing end' }];
}

/** The length that a segment had once, as far as its hint or its writer's next segment says. */
function lengthOnce(
  files: Files,
  open: OpenFiles,
  directory: string,
  { segments, hinted }: Listing,
  name: string,
): number {
  const { writer, number } = parseSegmentName(name);
  const next = segmentName(writer, number + 1);
  const hint = hinted.has(name) ? hintedLength(files, open, segmentPath(directory, name)) : 0;
  if (!segments.includes(next)) return hint;
  try {
    const header = readSegmentHeader(files, open, segmentPath(directory, next));
    return Math.max(hint, header?.previous ?? 0);
  } catch (error) {
    // The next segment's own damage is listed with it.
    if (error instanceof CorruptError) return hint;
    throw error;
  }
}
