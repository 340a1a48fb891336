import type { Appender } from './appender.js';
import type { Followed } from './contents.js';
import { removeIfThere } from './files.js';
import { writeHint } from './hint.js';
import type { LogParts } from './parts.js';
import { hintPath, listSegments, removeSegment, segmentPath } from './segment-files.js';
import { inSlices } from './slices.js';

/**
 * Finishes all segments of a log, also those of writers that are gone, and removes what others left
 * unfinished. Writers that are still there begin a new segment each. Call it while nobody else uses the log.
 *
 * @throws {CorruptError} when a segment is damaged. @throws {StorageError}
 */
export async function tidy(parts: LogParts, appender: Appender): Promise<void> {
  const { files, directory, open, roster, contents } = parts;
  await parts.catchUp();
  appender.leave();
  const { segments, hinted, unfinished } = listSegments(files, directory);
  for (const name of unfinished) removeIfThere(files, segmentPath(directory, name));
  for (const name of contents.replaced) removeSegment(files, directory, name);
  for (const name of hinted) {
    if (!segments.includes(name)) removeIfThere(files, hintPath(segmentPath(directory, name)));
  }
  for (const segment of contents.segments) {
    if (segment.done) continue;
    if (segment.sequence === 0) removeSegment(files, directory, segment.name);
    else await finish(parts, segment);
  }
  open.forget();
  contents.distrust();
  roster.announce(appender.epoch);
  await parts.catchUp();
}

/** Cuts off what a writer that is gone has not finished, and writes the hint. */
async function finish({ files, open }: LogParts, { path, position }: Followed): Promise<void> {
  if (files.size(open.descriptor(path)) > position) {
    const fd = files.open(path, 'r+');
    try {
      files.truncate(fd, position);
    } finally {
      files.close(fd);
    }
  }
  await inSlices(writeHint(files, open, path, 0));
}
