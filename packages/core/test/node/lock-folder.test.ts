import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LockFolder } from '../../src/node/lock-folder.js';
import { SmallFiles } from '../../src/node/small-files.js';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'spillway-lock-folder-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(path, { recursive: true });
});

describe('LockFolder', () => {
  it.each(['lease', 'mend'] as const)(
    'does not overlook another one that says something else than %s while it is looked at',
    (state) => {
      const [mine, another] = [new LockFolder(path), new LockFolder(path)];
      mine.say('mend');
      another.say(state);
      const names = SmallFiles.prototype.names;
      jest.spyOn(SmallFiles.prototype, 'names').mockImplementation(function (this: SmallFiles) {
        const listed = names.call(this);
        another.say(state === 'lease' ? 'mend' : 'lease');
        return listed;
      });
      expect(mine.others()).toMatchObject([{ state, name: another.name }]);
    },
  );
});
