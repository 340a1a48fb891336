/**
 * Embeddings of documents, many times what may be in memory, in a `Chest` of NumPy files: made once, then searched for
 * those nearest to a question. Give a path to keep them; a second run with it searches only.
 *
 *     node examples/dist/embeddings/main.js [path]
 */
import { SingleBar } from 'cli-progress';
import { Chest, npyFile } from 'spillway';

/** One file has the embeddings of a shelf of books, one after the other. */
const SHELVES = 200;
const BOOKS = 512;
const DIMENSIONS = 256;
const AVAILABLE_MEMORY = 16 * 2 ** 20;

type Shelf = readonly ['shelf', number];

const [path] = process.argv.slice(2);
await using embeddings = Chest<Shelf, Float32Array>(path, {
  codec: npyFile,
  availableMemory: AVAILABLE_MEMORY,
});

if ((await embeddings.size) < SHELVES) await make();
const question = embed(0.123, 77);
for (const { shelf, book, similarity } of await nearest(question, 3)) {
  console.log(`shelf ${shelf}, book ${book}: ${similarity.toFixed(3)}`);
}
const mebibytes = (SHELVES * BOOKS * DIMENSIONS * Float32Array.BYTES_PER_ELEMENT) / 2 ** 20;
console.log(`${mebibytes} MiB of embeddings, ${AVAILABLE_MEMORY / 2 ** 20} MiB of them in memory`);

async function make(): Promise<void> {
  const bar = progress('embed ');
  for (let shelf = 0; shelf < SHELVES; shelf++) {
    const all = new Float32Array(BOOKS * DIMENSIONS);
    for (let book = 0; book < BOOKS; book++) {
      all.set(embed(0, shelf * BOOKS + book + 1), book * DIMENSIONS);
    }
    // The one that is to be found.
    if (shelf === 123) all.set(embed(0.1, 77), 45 * DIMENSIONS);
    await embeddings.set(['shelf', shelf], all);
    bar.increment();
  }
  await embeddings.flush();
  bar.stop();
}

async function nearest(question: Float32Array, count: number) {
  const bar = progress('search');
  let best: { shelf: number; book: number; similarity: number }[] = [];
  for await (const [[, shelf], all] of embeddings) {
    for (let book = 0; book < BOOKS; book++) {
      best.push({ shelf, book, similarity: similarity(question, all, book * DIMENSIONS) });
    }
    best = best.sort((a, b) => b.similarity - a.similarity).slice(0, count);
    bar.increment();
  }
  bar.stop();
  return best;
}

function similarity(question: Float32Array, all: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < DIMENSIONS; i++) sum += (question[i] as number) * (all[from + i] as number);
  return sum;
}

/** What a model would make of a text: a direction, different for each `seed`, and a little off by `noise`. */
function embed(noise: number, seed: number): Float32Array {
  const embedding = new Float32Array(DIMENSIONS);
  let state = seed * 2_654_435_761;
  let length = 0;
  for (let i = 0; i < DIMENSIONS; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const value = state / 2 ** 31 + noise * Math.sin(i * seed);
    embedding[i] = value;
    length += value * value;
  }
  return embedding.map((value) => value / Math.sqrt(length));
}

function progress(what: string): SingleBar {
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% {value} of {total} shelves`,
    noTTYOutput: false,
  });
  bar.start(SHELVES, 0);
  return bar;
}
