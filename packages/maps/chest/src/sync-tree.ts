import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inParallel, storageError, systemCode, walkKeyFiles } from '@spillway/core/node';

/**
 * Waits until all files of keys below a directory, and its folders, would survive a power cut. Whoever wrote them: what
 * is on the disk already costs a call each.
 *
 * @throws {StorageError}
 */
export async function syncTree(root: string): Promise<void> {
  const folders: string[] = [];
  await inParallel(walkKeyFiles(root, '', folders), ({ path }) => sync(path));
  // The files' names, after the files themselves.
  await inParallel([...folders, dirname(root)], sync);
}

async function sync(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // Deleted or replaced meanwhile, by somebody who flushes it then.
    if (systemCode(error) !== 'ENOENT') throw storageError(error, 'write to the disk', path);
  }
}
