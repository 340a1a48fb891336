import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from './report.js';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../docs/benchmarks.svg', import.meta.url));

/** Draws how many times the peer's speed each stored result has, for the README. */
export async function drawPicture(): Promise<void> {
  const rows = readdirSync(RESULTS)
    // The pages of compressors have pictures of their own.
    .filter((file) => file.endsWith('.json') && !file.startsWith('compressors-'))
    .flatMap((file) => JSON.parse(readFileSync(RESULTS + file, 'utf8')).rows as Row[]);
  const values = rows.flatMap(({ work, ours, peer, peerName }) =>
    peer === undefined
      ? []
      : [{ work: `${work}  (${peerName})`, ratio: Math.round((ours / peer) * 10) / 10 }],
  );
  const bars: TopLevelSpec = {
    title: 'Times the speed of the peer in brackets, same work, same run',
    width: 420,
    height: { step: 22 },
    background: 'white',
    data: { values },
    encoding: {
      y: { field: 'work', type: 'nominal', sort: null, axis: { title: null, labelLimit: 420 } },
      x: {
        field: 'ratio',
        type: 'quantitative',
        scale: { type: 'log', domainMin: 1 },
        axis: { title: '×' },
      },
    },
    layer: [
      { mark: { type: 'bar', color: '#2a7f9e' }, encoding: { x2: { datum: 1 } } },
      { mark: { type: 'text', align: 'left', dx: 4 }, encoding: { text: { field: 'ratio' } } },
    ],
  };
  const view = new View(parse(compile(bars).spec), { renderer: 'none' });
  writeFileSync(PICTURE, await view.toSVG());
}
