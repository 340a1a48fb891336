import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { type LogOptions, LogStore } from '../src/log.js';
import { batch } from './batches.js';
import { Disk } from './disk.js';

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A directory that is removed after the test. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'spillway-test-log-'));
  made.push(path);
  return path;
}

/** A log on a disk that can fail. */
export function open(path: string, disk = new Disk(), options: LogOptions = {}): LogStore {
  return new LogStore(path, options, disk);
}

/** Closes a log whose disk may have failed: whatever it holds is released. */
export async function letGo(log: LogStore): Promise<void> {
  await log.close().catch(() => {});
}

/** A log of one segment as its writer left it. */
export interface SmallLog {
  readonly path: string;
  /** The segment's name and bytes. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Where each batch ends. */
  readonly ends: readonly number[];
}

/** Writes a log of one segment. @param closed whether its writer closed it; otherwise it died. */
export async function smallLog(batches: number, closed: boolean): Promise<SmallLog> {
  const path = directory();
  const log = open(path);
  const ends = [];
  let name = '';
  for (let i = 0; i < batches; i++) {
    await log.append(batch(1, i, 13 + i));
    name = readdirSync(path).find((file) => file.endsWith('.log')) as string;
    ends.push(readFileSync(join(path, name)).length);
  }
  if (closed) await log.close();
  const copy = copyOf(path);
  await letGo(log);
  return { path: copy, name, bytes: readFileSync(join(copy, name)), ends };
}

/** A copy of a log, as it is on the disk now. */
export function copyOf(path: string): string {
  const copy = directory();
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isFile()) copyFileSync(join(path, entry.name), join(copy, entry.name));
  }
  return copy;
}
