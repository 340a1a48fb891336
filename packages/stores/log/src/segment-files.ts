import { join } from 'node:path';
import { CorruptError, type StorageError } from '@spillway/core';
import { storageError, systemCode } from '@spillway/core/node';
import { type Files, removeIfThere } from './files.js';
import {
  decodeHintHeader,
  decodeSegmentHeader,
  HINT_HEADER_BYTES,
  type HintHeader,
  type ReadSegmentHeader,
  SEGMENT_HEADER_BYTES,
} from './format.js';
import type { OpenFiles } from './open-files.js';
import { readWhole } from './record-reader.js';

const SEGMENT_NAME = /^([0-9a-f]{16})-(\d+)\.log$/;
export const HINT_SUFFIX = '.hint';

/** The file name of a writer's segment. */
export function segmentName(writer: string, number: number): string {
  return `${writer}-${number}.log`;
}

/** The writer and the number in a segment's name. */
export function parseSegmentName(name: string): {
  readonly writer: string;
  readonly number: number;
} {
  const [, writer, number] = SEGMENT_NAME.exec(name) as unknown as [string, string, string];
  return { writer, number: Number(number) };
}

/** The path of a segment's hint. */
export function hintPath(segmentPath: string): string {
  return segmentPath + HINT_SUFFIX;
}

/** What a directory holds of a log. */
export interface Listing {
  /** The names of the segments. */
  readonly segments: readonly string[];
  /** The names of those that have a hint. */
  readonly hinted: ReadonlySet<string>;
  /** Files that a compaction or a repair left unfinished. */
  readonly unfinished: readonly string[];
}

/** Lists a directory; none where there is none. @throws {StorageError} */
export function listSegments(files: Files, directory: string): Listing {
  let names: string[];
  try {
    names = files.list(directory);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storageError(error, 'list', directory);
    names = [];
  }
  const hints = names.filter((name) => name.endsWith(HINT_SUFFIX));
  return {
    segments: names.filter((name) => SEGMENT_NAME.test(name)).sort(),
    hinted: new Set(hints.map((name) => name.slice(0, -HINT_SUFFIX.length))),
    unfinished: names.filter((name) => name.endsWith('.tmp')),
  };
}

/**
 * Reads a segment's header.
 *
 * @returns `undefined` when it is not written yet, or was never written whole.
 * @throws {CorruptError} when it is damaged.
 */
export function readSegmentHeader(
  files: Files,
  open: OpenFiles,
  path: string,
): ReadSegmentHeader | undefined {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const got = readWhole(files, open.descriptor(path), bytes, 0, bytes.length, 0, path);
  return got < bytes.length ? undefined : decodeSegmentHeader(bytes, path);
}

/** A hint that fits its segment. */
export interface Hint extends HintHeader {
  readonly path: string;
  /** Length of the hint itself. */
  readonly end: number;
}

/**
 * The hint of a segment; `undefined` unless it is whole and of a segment of this length.
 *
 * @throws {CorruptError} when the segment was longer.
 */
export function readHint(
  files: Files,
  open: OpenFiles,
  segmentPath: string,
  segmentLength: number,
): Hint | undefined {
  const path = hintPath(segmentPath);
  const header = readHintHeader(files, open, path);
  if (header === undefined || header.length < segmentLength) return undefined;
  if (header.length > segmentLength) throw endIsMissing(segmentPath, segmentLength, header.length);
  return { ...header, path, end: files.size(open.descriptor(path)) };
}

/** The length that a segment had when its hint was written; 0 when the hint doesn't say. */
export function hintedLength(files: Files, open: OpenFiles, segmentPath: string): number {
  return readHintHeader(files, open, hintPath(segmentPath))?.length ?? 0;
}

/**
 * A hint's header; `undefined` when there is none. A damaged hint is none: the segment itself says all that
 * its hint does.
 */
export function readHintHeader(
  files: Files,
  open: OpenFiles,
  path: string,
): HintHeader | undefined {
  const bytes = Buffer.alloc(HINT_HEADER_BYTES);
  try {
    const fd = open.descriptor(path);
    if (readWhole(files, fd, bytes, 0, bytes.length, 0, path) < bytes.length) return undefined;
    return decodeHintHeader(bytes, path);
  } catch (error) {
    if (error instanceof CorruptError || (error as StorageError).code === 'ENOENT')
      return undefined;
    throw error;
  }
}

/** The error of a segment that was longer once. */
export function endIsMissing(path: string, length: number, expected: number): CorruptError {
  return new CorruptError(
    `${path} ends at byte ${length} and once had ${expected}; repair() keeps all that can be read`,
    { path, offset: length },
  );
}

/** Removes a segment and its hint, as far as they are there. */
export function removeSegment(files: Files, directory: string, name: string): void {
  const path = segmentPath(directory, name);
  removeIfThere(files, path);
  removeIfThere(files, hintPath(path));
}

/** The path of a segment in a directory. */
export function segmentPath(directory: string, name: string): string {
  return join(directory, name);
}
