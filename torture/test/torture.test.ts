import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

it.each(['Log', 'File', 'Server'])(
  '%s keeps what it promises to processes that are killed',
  (store) => {
    const args = ['--store', store, '--seconds', '8', '--round', '2500'];
    const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...args], {
      encoding: 'utf8',
    });
    expect({ stderr, status, last: stdout.trim().split('\n').at(-1) }).toMatchObject({ status: 0 });
    const counts = JSON.parse(stdout.trim().split('\n').at(-1) as string);
    expect(counts.wrong).toEqual([]);
    expect(counts.kills).toBeGreaterThan(3);
    expect(counts.batches).toBeGreaterThan(20);
  },
  60_000,
);
