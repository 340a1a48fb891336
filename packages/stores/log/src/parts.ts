import type { Awaitable } from '@spillway/core';
import type { DirectoryGate } from '@spillway/core/node';
import type { Contents } from './contents.js';
import type { Files } from './files.js';
import type { OpenFiles } from './open-files.js';
import type { Roster } from './roster.js';

/** The parts of a log that work together. */
export interface LogParts {
  /** The absolute path of the log. */
  readonly directory: string;
  /** A segment that has become longer than this is finished, and another begun. */
  readonly segmentBytes: number;
  /** Whether the log outlives its handle, so that power cuts matter. */
  readonly lasting: boolean;
  readonly files: Files;
  readonly open: OpenFiles;
  readonly roster: Roster;
  readonly gate: DirectoryGate;
  readonly contents: Contents;
  /** Sees to it that what is known of the directory holds; without a promise when it does. */
  prepare(): Awaitable<void>;
  /** Brings {@link contents} up to date. */
  catchUp(): Promise<void>;
}
