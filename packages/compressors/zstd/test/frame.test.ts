import { describe, expect } from '@jest/globals';
import { itWithPython } from '@spillway/core/conformance';
import { readFrame, withContentSize } from '../src/frame.js';

const SCRIPT = `
import base64, json, sys, zstandard
frames = []
for size in (0, 1, 255, 256, 65791, 65792, 300000):
    raw = bytes(i * i % 251 for i in range(size))
    for sized in (True, False):
        for checksum in (True, False):
            for level in (1, 19):
                c = zstandard.ZstdCompressor(level=level, write_content_size=sized, write_checksum=checksum)
                frames.append([size, sized, base64.b64encode(c.compress(raw)).decode()])
print(json.dumps(frames))
`;

const CHECK = `
import base64, sys, zstandard
frame = base64.b64decode(sys.argv[1])
print(zstandard.frame_content_size(frame), len(zstandard.ZstdDecompressor().decompress(frame)))
`;

describe('the frame of Zstd', () => {
  itWithPython(['zstandard'], 'tells its size as Python writes it', async (python) => {
    const frames: [number, boolean, string][] = JSON.parse(python(SCRIPT));
    for (const [size, sized, base64] of frames) {
      const { content, most } = readFrame(Buffer.from(base64, 'base64'));
      expect(content).toBe(sized ? size : undefined);
      expect(most).toBeGreaterThanOrEqual(size);
      expect(most).toBeLessThanOrEqual(Math.max(size, 2 ** 17) + 2 ** 17);
    }
  });

  itWithPython(['zstandard'], 'takes a size it did not have', async (python) => {
    const frames: [number, boolean, string][] = JSON.parse(python(SCRIPT));
    const unsized = frames.filter(([size, sized]) => !sized && size >= 65_791);
    expect(unsized.length).toBeGreaterThan(8);
    for (const [size, , base64] of unsized) {
      const frame = withContentSize(Buffer.from(base64, 'base64'), size);
      expect(readFrame(frame).content).toBe(size);
      expect(withContentSize(frame, size)).toBe(frame);
      expect(python(CHECK, Buffer.from(frame).toString('base64'))).toBe(`${size} ${size}\n`);
    }
  });
});
