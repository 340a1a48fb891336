import { chmod, lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { ConnectionError } from '@spillway/core';
import { makeTemporary, removeTemporary } from '@spillway/core/node';
import { parseAddress, requirePrivate } from '@spillway/wire';
import type { Router } from 'zeromq';

/** Bytes of a socket's path that the system takes, without the zero at its end. */
const MAX_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;

/** Where a server listens. */
export interface Endpoint {
  /** The address clients connect to: a real port, an absolute path. */
  readonly address: string;
  /** Listens no more, and removes what was made for it; connections stay. */
  release(): Promise<void>;
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
  if (address === undefined) return bindPrivately(socket);
  requirePrivate(address, insecure);
  const parsed = parseAddress(address);
  if (parsed.scheme === 'tcp') {
    if (parsed.host.startsWith('[')) socket.ipv6 = true;
    await bindTo(socket, address);
    const bound = socket.lastEndpoint ?? address;
    return { address: bound, release: () => socket.unbind(bound) };
  }
  const path = parsed.path.startsWith('@') ? parsed.path : resolve(parsed.path);
  return bindPath(socket, path);
}

async function bindPrivately(socket: Router): Promise<Endpoint> {
  const directory = makeTemporary('socket');
  try {
    const { address, release } = await bindPath(socket, join(directory, 's'));
    return { address, release: () => release().finally(() => removeTemporary(directory)) };
  } catch (error) {
    await removeTemporary(directory);
    throw error;
  }
}

async function bindPath(socket: Router, path: string): Promise<Endpoint> {
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
  const release = async () => {
    // The file goes first: once nobody listens, the path may be another server's.
    if (isFile) await rm(path, { force: true });
    await socket.unbind(address);
  };
  return { address, release };
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
