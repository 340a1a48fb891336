import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Awaitable } from '../gate.js';

/** What a process holds, by kind, as names that a report can show; a name may be there many times. */
export interface Census {
  /** Open file descriptors, as what they lead to. */
  readonly descriptors: readonly string[];
  /** Threads, by name. */
  readonly threads: readonly string[];
  /** Timers, sockets, servers, ports and processes that keep the event loop running. */
  readonly handles: readonly string[];
  /** Temporary files and directories of stores. */
  readonly temporaries: readonly string[];
}

/** How long what is closing may take to be gone, in milliseconds. */
const GRACE = 20_000;

/** Requests and turns under way, which end by themselves. */
const TRANSIENT = /^(Immediate|TickObject|Microtask|.*Req.*|CloseReq)$/;

/** Counts what the process holds. Descriptors and threads are known where there is a `/proc`. */
export async function takeCensus(): Promise<Census> {
  const directory = process.env.SPILLWAY_TMPDIR;
  const entries = directory === undefined ? [] : await readdir(directory).catch(() => []);
  return {
    descriptors: await descriptors(),
    threads: await threads(),
    handles: process.getActiveResourcesInfo().filter((name) => !TRANSIENT.test(name)),
    temporaries: entries.map((name) => join(directory as string, name)),
  };
}

/** What is there after and was not before, as lines for a report. */
export function leaksBetween(before: Census, after: Census): string[] {
  const kinds = ['descriptors', 'threads', 'handles', 'temporaries'] as const;
  return kinds.flatMap((kind) => {
    const extra = surplus(before[kind], after[kind]);
    return after[kind].length > before[kind].length
      ? [`${after[kind].length - before[kind].length} ${kind}: ${extra.join(', ')}`]
      : [];
  });
}

/** Waits until nothing is there that was not before, for a while; gives what still is then. */
export async function leaksSince(before: Census, grace = GRACE): Promise<string[]> {
  const deadline = Date.now() + grace;
  for (;;) {
    const leaks = leaksBetween(before, await takeCensus());
    if (leaks.length === 0 || Date.now() > deadline) return leaks;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Fails the tests around it, a file's or a `describe`'s, when descriptors, threads, timers, sockets or
 * temporary files of theirs are left at their end. Temporary stores write to a directory of its own
 * meanwhile.
 *
 * @param warmUp does once what the tests do, before anything is counted: what a process keeps for good,
 * such as thread pools, is there then.
 */
export function leakFixture(warmUp: () => Awaitable<void> = () => {}): void {
  let before: Census;
  let directory: string;
  let outer: string | undefined;

  beforeAll(async () => {
    outer = process.env.SPILLWAY_TMPDIR;
    directory = await mkdtemp(join(tmpdir(), 'spillway-leaks-'));
    process.env.SPILLWAY_TMPDIR = directory;
    await warmUp();
    before = await settledCensus();
  }, 30_000);

  afterAll(async () => {
    const leaks = await leaksSince(before);
    if (outer === undefined) delete process.env.SPILLWAY_TMPDIR;
    else process.env.SPILLWAY_TMPDIR = outer;
    await rm(directory, { recursive: true, force: true });
    if (leaks.length > 0) throw new Error(`left behind: ${leaks.join('; ')}`);
  }, 60_000);
}

/** The census once what the warm-up closed is gone. */
async function settledCensus(): Promise<Census> {
  let census = await takeCensus();
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const next = await takeCensus();
    if (leaksBetween(next, census).length === 0 && leaksBetween(census, next).length === 0)
      return next;
    census = next;
  }
  return census;
}

async function descriptors(): Promise<string[]> {
  const links = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(
    links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  // The listing itself had a descriptor, which is gone by now.
  return targets.filter((target) => target !== '');
}

async function threads(): Promise<string[]> {
  const ids = await readdir('/proc/self/task').catch(() => []);
  const names = await Promise.all(
    ids.map((id) => readFile(`/proc/self/task/${id}/comm`, 'utf8').catch(() => '')),
  );
  return names.filter((name) => name !== '').map((name) => name.trim());
}

/** What `after` has more of than `before`. */
function surplus(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((name) => {
    const index = left.indexOf(name);
    if (index === -1) return true;
    left.splice(index, 1);
    return false;
  });
}
