export { DirectoryGate, type DirectoryGateOptions } from './directory-gate.js';
export { ExclusiveLock } from './exclusive-lock.js';
export { keyOf, namesOf } from './file-name.js';
export { inParallel } from './in-parallel.js';
export { KeyFiles, type Opened } from './key-files.js';
export { LOCK_FOLDER } from './lock-folder.js';
export { checkLockTimeout, LOCK_TIMEOUT } from './lock-timeout.js';
export { makeDirectory } from './make-directory.js';
export { isGone, ownerName, parseOwner } from './owner.js';
export { inSlices, Slices } from './slices.js';
export { storageError, systemCode } from './storage-error.js';
export {
  makeTemporary,
  removeTemporary,
  sweepTemporary,
  type TemporaryOptions,
} from './temporary.js';
export { type KeyFile, walkKeyFiles } from './walk-key-files.js';
