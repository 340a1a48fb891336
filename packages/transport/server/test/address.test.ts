import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthError, ConnectionError } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '../src/index.js';
import { Peer } from './peer.js';

describe('the address of a server', () => {
  let directory: string;

  leakFixture(async () => (await Server(Dict())).close());

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'server-test-'));
  });

  afterAll(() => rm(directory, { recursive: true }));

  it('is by default a socket in a directory that only this user can enter', async () => {
    const server = await Server(Dict());
    const path = server.address.replace('ipc://', '');
    expect((await stat(path)).isSocket()).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    await server.close();
    await expect(stat(dirname(path))).rejects.toThrow('ENOENT');
  });

  it('is absolute, and its socket private, for a path that the user gave', async () => {
    const path = join(directory, 'given.sock');
    await using server = await Server(Dict(), { address: `ipc://${path}` });
    expect(server.address).toBe(`ipc://${path}`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await using _ = await Peer.welcomed(server.address);
  });

  it.each([['tcp://127.0.0.1:*'], ['tcp://localhost:*'], ['tcp://[::1]:*']])(
    'has a real port in place of the star of %s',
    async (address) => {
      await using server = await Server(Dict(), { address });
      expect(server.address).toMatch(/:[1-9]\d*$/);
      await using _ = await Peer.welcomed(server.address);
    },
  );

  it.each([['ipc'], ['tcp']])(
    'in use by another server over %s is a ConnectionError naming it',
    async (scheme) => {
      const wanted =
        scheme === 'ipc' ? `ipc://${join(directory, 'used.sock')}` : 'tcp://127.0.0.1:*';
      await using first = await Server(Dict(), { address: wanted });
      const second = Server(Dict(), { address: first.address });
      await expect(second).rejects.toThrow(ConnectionError);
      await expect(second).rejects.toMatchObject({
        address: first.address,
        message: `${first.address} is in use by another server`,
      });
      await using _ = await Peer.welcomed(first.address);
    },
  );

  it('that a killed server left behind is used again', async () => {
    const path = join(directory, 'stale.sock');
    const listen = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() =>
      execFileSync(process.execPath, ['-e', listen, path], { stdio: 'ignore' }),
    ).toThrow();
    expect((await stat(path)).isSocket()).toBe(true);
    await using server = await Server(Dict(), { address: `ipc://${path}` });
    await using _ = await Peer.welcomed(server.address);
  });

  it('where a file is that is no socket is refused, and the file kept', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'precious');
    const address = `ipc://${path}`;
    await expect(Server(Dict(), { address })).rejects.toMatchObject({
      name: 'ConnectionError',
      address,
    });
    expect((await stat(path)).size).toBe(8);
  });

  it('in a directory that is not there, or too long for a socket, is a ConnectionError', async () => {
    for (const path of [join(directory, 'none/s'), join(directory, 'x'.repeat(120))]) {
      const address = `ipc://${path}`;
      await expect(Server(Dict(), { address })).rejects.toMatchObject({
        name: 'ConnectionError',
        address,
      });
    }
  });

  it('beyond this machine is refused unless that is said to be fine', async () => {
    await expect(Server(Dict(), { address: 'tcp://*:*' })).rejects.toThrow(AuthError);
    await using server = await Server(Dict(), { address: 'tcp://0.0.0.0:*', insecure: true });
    expect(server.address).toMatch(/^tcp:\/\/0\.0\.0\.0:\d+$/);
  });

  it('that is malformed is a ConnectionError', async () => {
    await expect(Server(Dict(), { address: 'shuffle.sock' })).rejects.toThrow(ConnectionError);
  });
});
