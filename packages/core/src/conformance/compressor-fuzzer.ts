/** Reads damaged frames with the built layer, as many as the case says, by a seeded generator. */
export const FUZZER = `
import { frame, splitFrames } from '@spillway/core';
const [, name, memory] = process.argv;
const { Dict } = await import(memory);
const { [name]: Layer } = await import('./dist/index.js');
let state = 1;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const inner = Dict();
const store = Layer(inner);
const payloads = [];
for (let i = 0; i < 50; i++) {
  const bytes = Uint8Array.from({ length: random(3000) }, () => random(i + 2));
  await store.set({ k: bytes });
  payloads.push(splitFrames(Uint8Array.from(await inner.get('k')), 'k')[0]);
}
const counts = { refused: 0, read: 0 };
for (let i = 0; i < 30000; i++) {
  // zlib's native memory is given back between turns of the event loop.
  if (i % 100 === 0) await new Promise(setImmediate);
  let bytes = Uint8Array.from(payloads[random(payloads.length)]);
  const change = random(4);
  if (change === 0) bytes = bytes.subarray(0, random(bytes.length));
  else if (change === 1) bytes = Uint8Array.from({ length: random(60) }, () => random(256));
  else for (let flips = random(8) + 1; flips > 0; flips--) bytes[random(Math.min(bytes.length, change === 2 ? 8 : 3000))] = random(256);
  await inner.set({ k: frame(bytes) });
  await store.get('k').then(() => counts.read++, (error) => {
    if (error.name !== 'CorruptError') throw error;
    counts.refused++;
  });
}
console.log(JSON.stringify({ ...counts, maxRSS: process.resourceUsage().maxRSS }));
`;
