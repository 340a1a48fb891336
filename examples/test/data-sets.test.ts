import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const DEMO = fileURLToPath(new URL('../dist/data-sets/main.js', import.meta.url));

it('every array of four processes gets its statistics', async () => {
  const path = mkdtempSync(join(tmpdir(), 'demo-'));
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO, path]);
    expect(stderr).toBe('');
    expect(stdout.match(/worker \d: 25 arrays, from -?[\d.]+ to [\d.]+\n/g)).toHaveLength(4);
    expect(readdirSync(join(path, 'worker 3'))).toHaveLength(50);
  } finally {
    rmSync(path, { recursive: true });
  }
});
