import { isIP } from 'node:net';
import { AuthError, ConnectionError } from '@spillway/core';

/** An address, taken apart. */
export type Address =
  | { readonly scheme: 'ipc'; readonly path: string }
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: string };

/**
 * Takes `ipc://<path>` or `tcp://<host>:<port>` apart; a port may be `*`.
 *
 * @throws {ConnectionError} for anything else.
 */
export function parseAddress(address: string): Address {
  const ipc = /^ipc:\/\/(.+)$/s.exec(address);
  if (ipc) return { scheme: 'ipc', path: ipc[1] as string };
  const tcp = /^tcp:\/\/(\[[\da-fA-F:.%\w]+\]|[^\s:/[\]]+):(\d{1,5}|\*)$/.exec(address);
  if (tcp) return { scheme: 'tcp', host: tcp[1] as string, port: tcp[2] as string };
  throw new ConnectionError(
    `${JSON.stringify(address)} is no address: it begins with ipc://<path> or tcp://<host>:<port>`,
    {
      address,
    },
  );
}

/**
 * Refuses addresses that other users or machines could reach.
 *
 * @param insecure lets them pass.
 * @throws {AuthError} for TCP beyond this machine and for sockets without a file, which have no permissions.
 */
export function requirePrivate(address: string, insecure: boolean): void {
  const parsed = parseAddress(address);
  if (
    insecure ||
    (parsed.scheme === 'tcp' ? isLoopback(parsed.host) : !parsed.path.startsWith('@'))
  )
    return;
  throw new AuthError(
    `${address} can be reached from outside this user's processes, and its traffic is neither encrypted nor authenticated; give both sides keys by the option curve, or pass insecure: true to accept that`,
    { address },
  );
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
