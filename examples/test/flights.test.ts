import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const DEMO = fileURLToPath(new URL('../dist/flights/main.js', import.meta.url));

describe('the flights demo', () => {
  let temporary: string;

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'demo-'));
  });

  afterEach(() => rmSync(temporary, { recursive: true }));

  /** In a process group of its own, as a terminal starts it. */
  const start = (): ChildProcess =>
    spawn(process.execPath, [DEMO], {
      detached: true,
      env: { ...process.env, SPILLWAY_TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('finds every row again, and leaves nothing behind', async () => {
    const demo = start();
    const [output, errors] = await Promise.all([
      text(demo.stdout as never),
      text(demo.stderr as never),
    ]);
    expect(errors).toBe('');
    expect(output).toContain('229 partitions; every row count and checksum equals the source');
    expect(output).toContain('ORD 166,341');
    expect(readdirSync(temporary)).toEqual([]);
  }, 180_000);

  it('cleans up on Ctrl-C', async () => {
    const demo = start();
    const exited = once(demo, 'exit');
    await once(demo.stdout as never, 'data');
    while (readdirSync(temporary).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-(demo.pid as number), 'SIGINT');
    const [code] = await exited;
    expect(code).toBe(130);
    expect(readdirSync(temporary)).toEqual([]);
    expect(() => process.kill(-(demo.pid as number), 0)).toThrow(/ESRCH/);
  }, 60_000);
});
