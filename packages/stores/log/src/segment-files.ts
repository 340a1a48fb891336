import { join } from 'node:path';
import { storageError, systemCode } from '@spillway/core/node';
import type { Files } from './files.js';
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

/** The hint of a segment; `undefined` unless it is whole and of a segment of this length. */
export function readHint(
  files: Files,
  open: OpenFiles,
  segmentPath: string,
  segmentLength: number,
): Hint | undefined {
  const path = hintPath(segmentPath);
  const bytes = Buffer.alloc(HINT_HEADER_BYTES);
  const fd = open.descriptor(path);
  if (readWhole(files, fd, bytes, 0, bytes.length, 0, path) < bytes.length) return undefined;
  let header: HintHeader;
  try {
    header = decodeHintHeader(bytes, path);
  } catch {
    // Nothing is lost: the segment itself says all that its hint does.
    return undefined;
  }
  if (header.length !== segmentLength) return undefined;
  return { ...header, path, end: files.size(fd) };
}

/** The path of a segment in a directory. */
export function segmentPath(directory: string, name: string): string {
  return join(directory, name);
}
