import { describe, expect, it } from '@jest/globals';
import { Program } from './process.js';

const MEGABYTE = 2 ** 20;

describe('a slow store', () => {
  it('slows its clients, and a hundred of them take no more memory than the server has for requests', async () => {
    const available = 64 * MEGABYTE;
    await using server = new Program(process.execPath, 'serve-slowly.js', String(available));
    const address = await server.line();
    await using flood = new Program(process.execPath, 'flood.js', address, '100', '20');
    const acknowledged = Number(await flood.line());
    expect(await flood.ended()).toBe(0);
    server.child.send('stop');
    const { most, memory, bytes } = JSON.parse(await server.line());
    // Each client may always send a little, and what is on its way when its share gets smaller still comes.
    expect(most).toBeLessThan(2 * available);
    expect(most).toBeGreaterThan(available / 8);
    expect(memory).toBeLessThan(3 * available);
    expect(bytes).toBe(acknowledged);
  });

  it('is read through a client that has a fraction of the memory that a value takes', async () => {
    await using server = new Program(process.execPath, 'serve-large.js', '500');
    const address = await server.line();
    await using reader = new Program(process.execPath, 'read-large.js', address);
    const { bytes, memory } = JSON.parse(await reader.line());
    expect(bytes).toBe(500 * MEGABYTE);
    expect(memory).toBeLessThan(50 * MEGABYTE);
    server.child.send('stop');
    // Nor does the server hold more of it than is on its way.
    expect(JSON.parse(await server.line()).memory).toBeLessThan(50 * MEGABYTE);
  });
});
