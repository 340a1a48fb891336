/**
 * Reads damaged frames with the built layer, as many as the case says, by a seeded generator: small ones, and ones of
 * values large enough for the thread pool, two at a time.
 */
export const FUZZER = `
import { readFileSync } from 'node:fs';
import { frame, splitFrames } from '@spillway/core';
const [, name, memory] = process.argv;
const { Dict } = await import(memory);
const { [name]: Layer } = await import('./dist/index.js');
let state = 1;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
// In KB, from proc(5) where there is one: the maxRSS of Linux counts what the parent had, too.
function peak() {
  try {
    return Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:[^0-9]*([0-9]+)/)[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
const inner = Dict();
const store = Layer(inner);
async function fuzz(rounds, values, together) {
  const payloads = [];
  for (const bytes of values) {
    await store.set({ k: bytes });
    payloads.push(splitFrames(Uint8Array.from(await inner.get('k')), 'k')[0]);
  }
  const counts = { refused: 0, read: 0 };
  for (let i = 0; i < rounds; i++) {
    // Native memory is given back between turns of the event loop.
    if (i % 100 === 0) await new Promise(setImmediate);
    let bytes = Uint8Array.from(payloads[random(payloads.length)]);
    const change = random(4);
    if (change === 0) bytes = bytes.subarray(0, random(bytes.length));
    else if (change === 1) bytes = Uint8Array.from({ length: random(60) }, () => random(256));
    else for (let flips = random(8) + 1; flips > 0; flips--) bytes[random(Math.min(bytes.length, change === 2 ? 8 : bytes.length))] = random(256);
    await inner.set({ k: frame(bytes) });
    await Promise.all(Array.from({ length: together }, () => store.get('k'))).then(() => counts.read++, (error) => {
      if (error.name !== 'CorruptError') throw error;
      counts.refused++;
    });
  }
  return counts;
}
const value = (length, symbols) => Uint8Array.from({ length }, () => random(symbols));
const small = await fuzz(20000, Array.from({ length: 50 }, (_, i) => value(random(3000), i + 2)), 1);
const large = await fuzz(300, [value(400_000, 3), value(300_000, 200), value(9_000_000, 1)], 2);
console.log(JSON.stringify({ small, large, peak: peak() }));
`;
