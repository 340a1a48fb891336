import type { Files } from './files.js';
import { Kind, type ReadSegmentHeader, SEGMENT_HEADER_BYTES } from './format.js';
import { type Ahead, inOrder } from './in-order.js';
import { type IndexedSegment, KeyIndex } from './key-index.js';
import type { OpenFiles } from './open-files.js';
import { RecordReader } from './record-reader.js';
import type { Roster } from './roster.js';
import {
  endIsMissing,
  type Hint,
  type Listing,
  listSegments,
  readHint,
  readSegmentHeader,
  segmentName,
  segmentPath,
} from './segment-files.js';

/** Records applied between two chances to pause. */
const RECORDS_AT_ONCE = 16;

/** A segment, and how far it was read. */
export interface Followed {
  readonly name: string;
  readonly path: string;
  readonly header: ReadSegmentHeader;
  readonly indexed: IndexedSegment;
  /** Where the first record that was not read starts, and its number. */
  position: number;
  sequence: number;
  /** When it was last seen to have grown, in ms. */
  grownAt: number;
  /** Whether it is finished and read to its end. */
  done: boolean;
}

interface Fresh extends Ahead {
  readonly followed: Followed;
}

/**
 * What the segments of a directory hold, as far as they were read. Whoever wrote them, this handle or
 * others, they are read here: an append costs the index nothing until somebody reads.
 */
export class Contents {
  readonly #directory: string;
  readonly #files: Files;
  readonly #open: OpenFiles;
  readonly #roster: Roster;
  #index = new KeyIndex();
  #followed = new Map<string, Followed>();
  /** Those that may get longer. */
  #growing = new Set<Followed>();
  #listing: Listing | undefined;
  #replaced: ReadonlySet<string> = new Set();
  #version = 0;

  constructor(directory: string, files: Files, open: OpenFiles, roster: Roster) {
    this.#directory = directory;
    this.#files = files;
    this.#open = open;
    this.#roster = roster;
  }

  /** Where the pieces of each key are, as of the last {@link catchUp}. */
  get index(): KeyIndex {
    return this.#index;
  }

  /** Another one each time that the index is made anew. */
  get version(): number {
    return this.#version;
  }

  /** The segments. */
  get segments(): readonly Followed[] {
    return [...this.#followed.values()];
  }

  /** How many segments there are. */
  get count(): number {
    return this.#followed.size;
  }

  /** The names of segments that are there still, but that another one took the place of. */
  get replaced(): ReadonlySet<string> {
    return this.#replaced;
  }

  /** Has the directory listed again by the next {@link catchUp}. */
  distrust(): void {
    this.#listing = undefined;
  }

  /**
   * Reads what was written since the last time, by anyone.
   *
   * @throws {CorruptError} when a segment is damaged. @throws {StorageError}
   */
  *catchUp(): Generator<void, void, void> {
    if (this.#roster.look() !== false) this.#listing = undefined;
    const fresh = this.#listing === undefined ? this.#list() : [];
    const ahead = fresh.filter(({ reader }) => reader.sequence > 0);
    for (const followed of this.#growing) {
      const reader = this.#reader(followed);
      if (!reader?.next()) continue;
      followed.grownAt = performance.now();
      ahead.push({ followed, reader });
    }
    for (const { followed } of fresh) this.#growing.add(followed);
    let applied = 0;
    for (const { followed, reader } of inOrder(ahead)) {
      this.#index.apply(followed.indexed, reader);
      followed.position = reader.position;
      followed.sequence = reader.sequence;
      if (++applied % RECORDS_AT_ONCE === 0) yield;
    }
    for (const followed of this.#growing) this.#finish(followed);
  }

  /** Lists the directory. @returns the segments that were not known, each with its first record read. */
  #list(): Fresh[] {
    const listing = listSegments(this.#files, this.#directory);
    const names = new Set(listing.segments);
    if ([...this.#followed.keys()].some((name) => !names.has(name))) this.#startAnew();
    const replaced = new Set<string>();
    const fresh: Fresh[] = [];
    for (const name of listing.segments) {
      if (this.#followed.has(name) || this.#replaced.has(name)) continue;
      const segment = this.#begin(name, listing);
      if (segment === undefined) continue;
      fresh.push(segment);
      const { reader } = segment;
      if (!reader.next() || reader.header.kind !== Kind.Replaces) continue;
      for (const other of reader.definitions()) replaced.add(other);
    }
    if ([...replaced].some((name) => this.#followed.has(name))) {
      this.#startAnew();
      return this.#list();
    }
    const valid = fresh.filter(({ followed }) => !replaced.has(followed.name));
    for (const { followed } of valid) this.#followed.set(followed.name, followed);
    this.#replaced = new Set([...this.#replaced, ...replaced].filter((name) => names.has(name)));
    this.#listing = listing;
    return valid;
  }

  #startAnew(): void {
    this.#index = new KeyIndex();
    this.#followed = new Map();
    this.#growing = new Set();
    this.#replaced = new Set();
    this.#version++;
  }

  #begin(name: string, { segments, hinted }: Listing): Fresh | undefined {
    const path = segmentPath(this.#directory, name);
    const header = readSegmentHeader(this.#files, this.#open, path);
    if (header === undefined) return undefined;
    const before = segmentName(header.writer, header.number - 1);
    if (segments.includes(before)) this.#checkLength(before, header.previous);
    const followed = {
      name,
      path,
      header,
      indexed: this.#index.addSegment(path),
      position: SEGMENT_HEADER_BYTES,
      sequence: 0,
      grownAt: performance.now(),
      done: false,
    };
    const end = this.#files.size(this.#open.descriptor(path));
    const hint = hinted.has(name) ? readHint(this.#files, this.#open, path, end) : undefined;
    return { followed, reader: this.#readerTo(end, followed, hint) };
  }

  /** @throws {CorruptError} when a segment has lost its end since its writer began the next one. */
  #checkLength(name: string, length: number): void {
    const path = segmentPath(this.#directory, name);
    const offset = this.#files.size(this.#open.descriptor(path));
    if (offset < length) throw endIsMissing(path, offset, length);
  }

  /** Reads on where a segment was left; `undefined` when it is no longer than then. */
  #reader(followed: Followed): RecordReader | undefined {
    const end = this.#files.size(this.#open.descriptor(followed.path));
    return end > followed.position ? this.#readerTo(end, followed) : undefined;
  }

  #readerTo(
    end: number,
    { path, header, position, sequence }: Followed,
    hint?: Hint,
  ): RecordReader {
    const { seed } = header;
    return new RecordReader(this.#files, this.#open, { path, position, sequence, end, seed, hint });
  }

  /** What has a hint of this length gets no longer. */
  #finish(followed: Followed): void {
    if (!this.#listing?.hinted.has(followed.name)) return;
    const { position, path } = followed;
    if (readHint(this.#files, this.#open, path, position) === undefined) return;
    this.#growing.delete(followed);
    followed.done = true;
    followed.indexed.keys.length = 0;
  }
}
