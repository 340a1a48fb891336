import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** Who made a file: a thread of a process, told apart from others that had the same number before. */
export interface Owner {
  /** The host's name, for people. */
  readonly host: string;
  /** The host and its space of process numbers (a container has its own), as a hash. */
  readonly machine: string;
  /** The run of the system, from its start to its end. */
  readonly boot: string;
  readonly pid: number;
  /** When the process started, in the system's ticks; `0` where nobody says. */
  readonly started: string;
  /** The thread's number within its process; 0 is the main one. */
  readonly thread: number;
}

const PATTERN = /^([A-Za-z0-9.-]*),([0-9a-f]+),([0-9a-f]*),(\d+),(\d+),(\d+),[0-9a-f]+$/;

let here: Omit<Owner, 'thread'> | undefined;

/** A name that says who made a file, different each time. {@link parseOwner} reads it. */
export function ownerName(): string {
  const { host, machine, boot, pid, started } = thisProcess();
  return [host, machine, boot, pid, started, threadId, randomBytes(6).toString('hex')].join(',');
}

/** Reads what {@link ownerName} wrote; `undefined` when the name is of another kind. */
export function parseOwner(name: string): Owner | undefined {
  const match = PATTERN.exec(name);
  if (!match) return undefined;
  const [, host, machine, boot, pid, started, thread] = match as unknown as string[];
  return { host, machine, boot, pid: Number(pid), started, thread: Number(thread) } as Owner;
}

/** An owner as messages name it. */
export function describeOwner({ host, pid, thread }: Owner): string {
  return `${thread === 0 ? '' : `thread ${thread} of `}process ${pid} on ${host}`;
}

/** Whether the owner's process has ended; `undefined` when that can't be seen from here. */
export function isGone(owner: Owner): boolean | undefined {
  const { machine, boot } = thisProcess();
  if (owner.machine !== machine) return undefined;
  if (owner.boot !== boot) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  // A number is given again after a while, and a process killed stays in the list until its parent looks.
  const { state, started } = processStat(owner.pid);
  return state === 'Z' || state === 'X' || (started !== '0' && started !== owner.started);
}

function thisProcess(): Omit<Owner, 'thread'> {
  here ??= {
    host: hostname()
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .slice(0, 64),
    machine: createHash('sha256')
      .update(`${hostname()}\n${read('/etc/machine-id')}\n${numberSpace()}`)
      .digest('hex')
      .slice(0, 10),
    boot: read('/proc/sys/kernel/random/boot_id').replaceAll('-', '').trim().slice(0, 10),
    pid: process.pid,
    started: processStat(process.pid).started,
  };
  return here;
}

/** State and start of a process, from `/proc/<pid>/stat` (proc(5)); of no use where there is none. */
function processStat(pid: number): { readonly state: string; readonly started: string } {
  const stat = read(`/proc/${pid}/stat`);
  // The second field, the command in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '0' };
}

function numberSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** A small file of the system; empty on systems that don't have it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
