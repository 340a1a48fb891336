import type { Files } from './files.js';
import type { Job } from './job.js';
import { merge } from './merge.js';
import { parquetLibrary } from './parquet-library.js';
import type { Pool } from './pool.js';
import type { Share } from './share.js';
import { READ_SHARE, splitChunks } from './split-here.js';
import type { Outcome } from './splitter.js';

/** About how long a thread takes to load all that it needs to split, in ms. */
const LOADING = 250;

/** Two threads that read and split are no faster than one that reads beside one that splits. */
const FEWEST = 3;

/**
 * A thread that only reads Parquet begins at once; one that also splits has five times as much to load. So threads
 * read, and the caller's thread splits. When it turns out to be too slow for them, since those of the pool could have
 * loaded in the time for which they had nothing to do, and there is more to come than was, the pool starts; once it
 * has loaded, it does all that is left.
 */
export async function splitRowGroups(
  job: Job,
  files: Files,
  pool: Pool,
  onRows: (more: number) => void,
): Promise<Outcome> {
  const shares = await files.shares();
  const left = [...shares];
  const sharesHere = function* (): Generator<Share> {
    while (left.length > 0 && !pool.ready) {
      yield left.shift() as Share;
      const idle = pool.workers >= FEWEST && files.waited > LOADING;
      if (idle && left.length > shares.length / 2) pool.start();
    }
  };
  const chunks = files.read(sharesHere(), pool.workers, job.memory * READ_SHARE);
  const here = await splitChunks(job, chunks, onRows);
  if (left.length === 0) return here;
  const library = await parquetLibrary();
  for (const share of left) await pool.give({ share, library });
  return merge([here, ...(await pool.end())]);
}
