import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const DEMO = fileURLToPath(new URL('../dist/larger-than-memory/main.js', import.meta.url));

it('an index over more orders than fit the memory answers rightly', async () => {
  const args = ['--max-old-space-size=24', DEMO, '60000'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    /^store and index 60,000 orders: .* s\nanswer 1,000 questions: .* s\n\d+ MiB on disk/,
  );
});
