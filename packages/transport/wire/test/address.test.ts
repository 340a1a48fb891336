import { describe, expect, it } from '@jest/globals';
import { AuthError, ConnectionError } from '@spillway/core';
import { parseAddress, requirePrivate } from '../src/index.js';

describe('addresses', () => {
  it.each([
    ['ipc:///tmp/a.sock', { scheme: 'ipc', path: '/tmp/a.sock' }],
    ['ipc://a b.sock', { scheme: 'ipc', path: 'a b.sock' }],
    ['tcp://127.0.0.1:*', { scheme: 'tcp', host: '127.0.0.1', port: '*' }],
    ['tcp://[::1]:5555', { scheme: 'tcp', host: '[::1]', port: '5555' }],
    ['tcp://worker-3.local:1', { scheme: 'tcp', host: 'worker-3.local', port: '1' }],
  ])('%s is taken apart', (address, parts) => {
    expect(parseAddress(address)).toEqual(parts);
  });

  it.each([
    [''],
    ['ipc://'],
    ['tcp://host'],
    ['tcp://:1'],
    ['tcp://a:b'],
    ['http://a:1'],
    ['inproc://a'],
    ['/tmp/a'],
  ])('%j is a ConnectionError naming it', (address) => {
    const parse = () => parseAddress(address);
    expect(parse).toThrow(ConnectionError);
    expect(parse).toThrow(
      expect.objectContaining({
        address,
        message: expect.stringContaining(JSON.stringify(address)),
      }),
    );
  });

  it.each([
    ['tcp://127.0.0.1:1'],
    ['tcp://127.9.9.9:1'],
    ['tcp://localhost:1'],
    ['tcp://[::1]:1'],
    ['ipc://a'],
  ])('%s is private', (address) => {
    expect(() => requirePrivate(address, false)).not.toThrow();
  });

  it.each([
    ['tcp://*:1'],
    ['tcp://0.0.0.0:1'],
    ['tcp://10.0.0.1:1'],
    ['tcp://127.evil.example:1'],
    ['tcp://[::]:1'],
    ['ipc://@abstract'],
  ])('%s is refused unless that is said to be fine', (address) => {
    expect(() => requirePrivate(address, false)).toThrow(AuthError);
    expect(() => requirePrivate(address, true)).not.toThrow();
  });
});
