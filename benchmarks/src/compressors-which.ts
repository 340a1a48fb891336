import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Blosc, BZ2, LZ4, Snappy, type Store, ZLib, Zstd } from 'spillway';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { measure } from './compressors.js';
import { type Data, flights, valuesOf } from './compressors-data.js';
import { Hand } from './hand.js';
import type { Row } from './report.js';

const PAGE = fileURLToPath(new URL('../../docs/compressors.md', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../docs/compressors.svg', import.meta.url));

/** Between these lines of the page stands what this writes. */
const BEGIN = '<!-- begin: written by `bench compressors-which` -->';
const END = '<!-- end -->';

const SIZES: readonly (readonly [string, number])[] = [
  ['4 KB', 2 ** 12],
  ['64 KB', 2 ** 16],
  ['1 MB', 2 ** 20],
  ['16 MB', 2 ** 24],
];

/** Bytes that each figure is measured on, but at least one value, and how often; the best counts. */
interface Effort {
  readonly bytes: number;
  readonly rounds: number;
}

const FAST: Effort = { bytes: 2 ** 23, rounds: 8 };
const SLOW: Effort = { bytes: 2 ** 21, rounds: 3 };

type Layer = (store: Store, data: Data) => Store;

const LAYERS: readonly (readonly [string, Layer, Effort])[] = [
  ['LZ4', (store) => LZ4(store), FAST],
  ['Snappy', (store) => Snappy(store), FAST],
  ['Blosc', (store, { typesize }) => Blosc(store, { typesize }), FAST],
  ['Zstd 1', (store) => Zstd(store, { level: 1 }), FAST],
  ['Zstd', (store) => Zstd(store), FAST],
  ['Zstd 12', (store) => Zstd(store, { level: 12 }), SLOW],
  ['ZLib 1', (store) => ZLib(store, { level: 1 }), FAST],
  ['ZLib', (store) => ZLib(store), SLOW],
  ['BZ2', (store) => BZ2(store), SLOW],
];

interface Figure {
  readonly data: string;
  readonly size: string;
  readonly bytes: number;
  readonly compressor: string;
  readonly ratio: number;
  /** Megabytes a second of what isn't compressed. */
  readonly compress: number;
  readonly decompress: number;
}

/** Ratio and speed of every compressor on every form of the flights, for the page in `docs/`. */
export async function whichCompressor(): Promise<Row[]> {
  const figures: Figure[] = [];
  for (const data of await flights()) {
    for (const [size, bytes] of SIZES) {
      for (const [compressor, layer, effort] of LAYERS) {
        const values = valuesOf(data, bytes, effort.bytes);
        const hand = new Hand();
        await layer(hand, data).append(values);
        const ratio = (values.size * bytes) / hand.bytes;
        const speed = await measure(() => layer(new Hand(), data), values, effort.rounds);
        const figure = { data: data.name, size, bytes, compressor, ratio };
        figures.push({ ...figure, compress: speed.append, decompress: speed.get });
      }
    }
  }
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  writeFileSync(PAGE, `${page.slice(0, before)}\n\n${tables(figures)}\n${page.slice(after)}`);
  writeFileSync(PICTURE, await picture(figures));
  return figures.map(({ data, size, compressor, ratio, compress, decompress }) => ({
    work: `${compressor} on ${data}, ${size}: compress`,
    unit: 'MB/s',
    ours: compress,
    note: `decompress ${Math.round(decompress)} MB/s, ${ratio.toFixed(2)} : 1`,
  }));
}

/** A table for each form: a row for each compressor, `ratio : compress / decompress` for each size. */
function tables(figures: readonly Figure[]): string {
  return [...new Set(figures.map(({ data }) => data))]
    .flatMap((data) => {
      const ofData = figures.filter((figure) => figure.data === data);
      const lines = LAYERS.map(([compressor]) => {
        const cells = SIZES.map(([size]) => {
          const figure = ofData.find((one) => one.compressor === compressor && one.size === size);
          return figure ? cell(figure) : '';
        });
        return `| ${[compressor, ...cells].join(' | ')} |`;
      });
      const head = ['', ...SIZES.map(([size]) => size)];
      const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
      return [
        `### ${data}`,
        '',
        `| ${head.join(' | ')} |`,
        `| ${rule.join(' | ')} |`,
        ...lines,
        '',
      ];
    })
    .join('\n');
}

function cell({ ratio, compress, decompress }: Figure): string {
  const rate = (figure: number) => figure.toPrecision(2).replace(/e\+\d+/, '');
  const speed = (figure: number) =>
    figure < 100 ? rate(figure) : `${Math.round(figure / 10) * 10}`;
  return `**${ratio.toFixed(1)}** · ${speed(compress)} / ${speed(decompress)}`;
}

/** Ratio over speed, a line for each compressor through the sizes, a panel for each form and direction. */
async function picture(figures: readonly Figure[]): Promise<string> {
  const values = figures.flatMap(({ compress, decompress, ...figure }) => [
    { ...figure, work: 'compress', speed: compress },
    { ...figure, work: 'decompress', speed: decompress },
  ]);
  const panels: TopLevelSpec = {
    title: 'Ratio and speed in values of 4 KB (small dots) to 16 MB (large)',
    background: 'white',
    data: { values },
    facet: {
      row: { field: 'work', type: 'nominal', title: null },
      column: {
        field: 'data',
        type: 'nominal',
        title: null,
        sort: ['JSON', 'Msgpack', 'Arrow', 'TypedArray', 'Measurements'],
      },
    },
    spec: {
      width: 200,
      height: 190,
      encoding: {
        x: {
          field: 'speed',
          type: 'quantitative',
          scale: { type: 'log', nice: false, padding: 10 },
          axis: { title: 'MB/s', tickCount: 4 },
        },
        y: {
          field: 'ratio',
          type: 'quantitative',
          scale: { type: 'log', nice: false, padding: 10 },
          axis: { title: 'times smaller', tickCount: 5 },
        },
        color: {
          field: 'compressor',
          type: 'nominal',
          title: null,
          sort: LAYERS.map(([name]) => name),
        },
      },
      layer: [
        {
          mark: { type: 'line', opacity: 0.5 },
          encoding: { order: { field: 'bytes', type: 'quantitative' } },
        },
        {
          mark: { type: 'point', filled: true, opacity: 0.9 },
          encoding: {
            size: {
              field: 'bytes',
              type: 'quantitative',
              scale: { type: 'log', range: [15, 110] },
              legend: null,
            },
          },
        },
      ],
    },
    resolve: { scale: { y: 'independent' } },
    config: { axis: { grid: false } },
  };
  const view = new View(parse(compile(panels).spec), { renderer: 'none' });
  // A hundredth of a pixel is enough.
  return (await view.toSVG()).replaceAll(/(\.\d\d)\d+/g, '$1');
}
