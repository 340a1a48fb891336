import { chmod, lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { ConnectionError } from '@spillway/core';
import { makeTemporary, removeTemporary } from '@spillway/core/node';
import { parseAddress, requirePrivate, socketEvents } from '@spillway/wire';
import type { Router } from 'zeromq';

/** Bytes of a socket's path that the system takes, without the zero at its end. */
const MAX_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;

/** Where a server listens. */
export interface Endpoint {
  /** The address clients connect to: a real port, an absolute path. */
  readonly address: string;
  /** Removes the files made for it, so that nobody finds the server any more; connections stay. */
  release(): Promise<void>;
  /** Resolves when the socket was closed and another one may have the address. */
  readonly free: Promise<void>;
}

/**
 * Binds a socket.
 *
 * @param address `ipc://<path>`, `tcp://<host>:<port>` with `*` for any free port; by default an ipc socket
 * in a new directory of mode 0700.
 * @throws {ConnectionError} when the address is in use or can't be bound.
 * @throws {AuthError} when others could reach it and `insecure` is not set.
 */
export async function bind(
  socket: Router,
  address: string | undefined,
  insecure: boolean,
): Promise<Endpoint> {
  if (address !== undefined) requirePrivate(address, insecure);
  const free = watchListener(socket);
  if (address === undefined) return { ...(await bindPrivately(socket)), free };
  const parsed = parseAddress(address);
  if (parsed.scheme === 'ipc') {
    const path = parsed.path.startsWith('@') ? parsed.path : resolve(parsed.path);
    await bindPath(socket, path);
    return { address: `ipc://${path}`, release: () => removeSocket(path), free };
  }
  if (parsed.host.startsWith('[')) socket.ipv6 = true;
  await bindTo(socket, address);
  return { address: socket.lastEndpoint ?? address, release: async () => {}, free };
}

async function bindPrivately(socket: Router): Promise<Omit<Endpoint, 'free'>> {
  const directory = makeTemporary('socket');
  const release = () => removeTemporary(directory);
  const path = join(directory, 's');
  try {
    await bindPath(socket, path);
  } catch (error) {
    await release();
    throw error;
  }
  return { address: `ipc://${path}`, release };
}

async function bindPath(socket: Router, path: string): Promise<void> {
  const address = `ipc://${path}`;
  const isFile = !path.startsWith('@');
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new ConnectionError(
      `${address} is too long: a socket's path has at most ${MAX_SOCKET_PATH} bytes, this has ${Buffer.byteLength(path)}`,
      { address },
    );
  }
  if (isFile) await requireFree(path, address);
  await bindTo(socket, address);
  if (isFile) await chmod(path, 0o600);
}

async function removeSocket(path: string): Promise<void> {
  if (!path.startsWith('@')) await rm(path, { force: true });
}

/**
 * Watches a socket from before it is bound, to its end: ZeroMQ's threads, which serve all sockets of the
 * process, wait for whoever has opened a socket's events and does not read. (Unbinding is no way to learn
 * when an address is free: zeromq.js does it in another thread, beside whatever uses the socket here.)
 *
 * @returns a promise that resolves when the socket, closed meanwhile, no longer listens.
 */
function watchListener(socket: Router): Promise<void> {
  const events = socketEvents(socket);
  return new Promise((resolve) => {
    const watch = async () => {
      for (;;) {
        const { type } = await events.receive();
        if (type === 'close' || type === 'end') resolve();
        if (type === 'end') break;
      }
      events.close();
    };
    void watch();
  });
}

/** Refuses a path that something else has; ZeroMQ would replace a live socket, or any file, in silence. */
async function requireFree(path: string, address: string): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cannotBind(address, error);
  });
  if (!stats) return;
  if (!stats.isSocket())
    throw new ConnectionError(`can't listen at ${address}: a file is there that is no socket`, {
      address,
    });
  if (await answers(path))
    throw new ConnectionError(`${address} is in use by another server`, { address });
}

/** Whether a process listens on a socket; one that was left behind refuses the connection. */
function answers(path: string): Promise<boolean> {
  return new Promise((done, fail) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      done(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') done(false);
      else fail(cannotBind(`ipc://${path}`, error));
    });
  });
}

async function bindTo(socket: Router, address: string): Promise<void> {
  try {
    await socket.bind(address);
  } catch (error) {
    throw cannotBind(address, error as NodeJS.ErrnoException);
  }
}

function cannotBind(address: string, cause: NodeJS.ErrnoException): ConnectionError {
  if (cause.code === 'EADDRINUSE')
    return new ConnectionError(`${address} is in use by another server`, { address, cause });
  return new ConnectionError(`can't listen at ${address}: ${cause.message}`, { address, cause });
}
