import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const DEMO = fileURLToPath(new URL('../dist/embeddings/main.js', import.meta.url));

it('the nearest of more embeddings than fit the memory are found, also in a second run', async () => {
  const path = mkdtempSync(join(tmpdir(), 'demo-'));
  try {
    for (let run = 0; run < 2; run++) {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO, path]);
      expect(stderr).toBe('');
      expect(stdout.split('\n').slice(0, 2).sort()).toEqual([
        expect.stringMatching(/^shelf 0, book 76: 0\.9\d\d$/),
        expect.stringMatching(/^shelf 123, book 45: (0\.9\d\d|1\.000)$/),
      ]);
      expect(stdout).toContain('100 MiB of embeddings, 16 MiB of them in memory');
      expect(readdirSync(join(path, 'shelf'))).toHaveLength(200);
    }
  } finally {
    rmSync(path, { recursive: true });
  }
});
