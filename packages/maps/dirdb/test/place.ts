import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { DirDB, type DirDBDirectory, type DirDBOptions, type Meta } from '../src/index.js';

const made: string[] = [];
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const db of opened.splice(0)) await db.close();
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A directory that is removed after the test. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'spillway-test-dirdb-'));
  made.push(path);
  return path;
}

/** A database that is closed after the test. */
export function open<V = unknown, M extends object = Meta>(
  path: string,
  options?: DirDBOptions,
): DirDBDirectory<V, M> {
  const db = DirDB<V, M>(path, options);
  opened.push(db);
  return db;
}

/** The files below a directory, but for folders that are empty. */
export function filesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

/** The names of entries, as they are iterated. */
export async function namesOf(
  entries: AsyncIterable<{ readonly name: string }>,
): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of entries) names.push(name);
  return names;
}
