import { renameSync, rmSync, statSync } from 'node:fs';
import { LockError } from '@spillway/core';
import { filePath } from './data-file.js';
import { databaseError } from './database-error.js';
import type { Environment } from './environment.js';
import { syncPath } from './sync-path.js';

/** How often the copy is made anew because somebody wrote meanwhile. */
const TRIES = 5;

/**
 * Copies the file as it is, without what is dead, while all go on. If nobody wrote meanwhile, the copy takes the
 * next number, and the file's header says that it has moved: in one transaction, so that nobody can write in
 * between. Who has the old file open finds the note with its next snapshot or transaction.
 */
export async function vacuum(environment: Environment, directory: string): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    environment.group.commit();
    environment.read();
    const { file, header } = environment;
    const number = file.number + 1;
    const target = filePath(directory, number);
    const copy = `${target}.tmp`;
    const before = statSync(file.path).size;
    rmSync(copy, { force: true });
    try {
      await file.root.backup(copy, true);
      syncPath(copy);
      const place = () => {
        renameSync(copy, target);
        syncPath(directory);
      };
      if (environment.file === file && environment.move(number, header.clock, place))
        return before - statSync(target).size;
    } catch (error) {
      throw databaseError(error, 'vacuum', directory);
    } finally {
      rmSync(copy, { force: true });
    }
  }
  throw new LockError(
    `${directory} can't be vacuumed: it was written to during each of ${TRIES} tries; let the writers pause`,
    { path: directory },
  );
}
