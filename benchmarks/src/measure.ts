import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The interpreter that Debian's python3-partd belongs to. */
const PYTHON = '/usr/bin/python3';

/** The median of several runs of `work`, which gives its own figure. */
export async function median(runs: number, work: () => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (let run = 0; run < runs; run++) figures.push(await work());
  return figures.sort((a, b) => a - b)[runs >> 1] as number;
}

/** Seconds that `work` takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Megabytes a second of moving `bytes`. */
export async function megabytesPerSecond(bytes: number, work: () => unknown): Promise<number> {
  return bytes / 1e6 / (await seconds(work));
}

/** Runs a case of a script in `peers/`, which prints its figure as JSON. */
export function peer<T = number>(script: string, ...args: readonly (string | number)[]): T {
  if (!existsSync(PYTHON)) throw new Error(`the peers need ${PYTHON} and Debian's python3-partd`);
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  return JSON.parse(
    execFileSync(PYTHON, [path, ...args.map(String)], { encoding: 'utf8' }).trim(),
  ) as T;
}

/** Runs `work` with a directory of its own. */
export async function withDirectory<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  try {
    return await work(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
