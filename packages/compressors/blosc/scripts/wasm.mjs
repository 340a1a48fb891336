// Makes src/shuffle-wasm.ts of src/shuffle.wat.
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const source = new URL('../src/shuffle.wat', import.meta.url);
const target = new URL('../src/shuffle-wasm.ts', import.meta.url);

const { parseWat } = await wabt();
const module = parseWat('shuffle.wat', readFileSync(source, 'utf8'), { simd: true });
const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
const lines = base64.match(/.{1,90}/g).map((line) => `  '${line}'`);
writeFileSync(
  target,
  `/** shuffle.wat as \`pnpm wasm\` assembles it, in base64. */
export const SHUFFLE_WASM =
${lines.join(' +\n')};
`,
);
