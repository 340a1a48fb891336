export { DirectoryGate, type DirectoryGateOptions, LOCK_TIMEOUT } from './directory-gate.js';
export { ExclusiveLock } from './exclusive-lock.js';
export { LOCK_FOLDER } from './lock-folder.js';
export { storageError, systemCode } from './storage-error.js';
export {
  makeTemporary,
  removeTemporary,
  sweepTemporary,
  type TemporaryOptions,
} from './temporary.js';
