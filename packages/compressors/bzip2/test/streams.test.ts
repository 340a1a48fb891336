import { describe, expect, it } from '@jest/globals';
import { frame } from '@spillway/core';
import { itWithPython } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { BZ2 } from '../src/index.js';
import { splitStreams } from '../src/streams.js';

const SCRIPT = `
import base64, bz2, json
values = [b'', b'abc', bytes(range(256)) * 40, b'BZh91AY&SY' * 30]
streams = [bz2.compress(value, level) for value in values for level in (1, 5, 9)]
print(json.dumps([base64.b64encode(b''.join(values[i] * 3 for i in range(len(values)))).decode()] + [base64.b64encode(stream).decode() for stream in streams]))
`;

describe('the streams of a bzip2 payload', () => {
  itWithPython(['bz2'], 'are read one after the other, as Python does', async (python) => {
    const [values, ...streams] = (JSON.parse(python(SCRIPT)) as string[]).map((base64) =>
      Buffer.from(base64, 'base64'),
    );
    const payload = Buffer.concat(streams);
    expect(splitStreams(payload)).toEqual(streams.map((stream) => new Uint8Array(stream)));
    await using inner = Dict();
    await inner.append({ a: frame(payload) });
    expect(Buffer.compare(await BZ2(inner).get('a'), values as Buffer)).toBe(0);
  });

  it('count together against the limit', async () => {
    await using inner = Dict();
    const value = new Uint8Array(1000);
    await BZ2(inner).append({ a: value });
    const one = (await inner.get('a')).subarray(8);
    await inner.set({ a: frame(Buffer.concat([one, one])) });
    expect((await BZ2(inner, { maxDecodedBytes: 2000 }).get('a')).length).toBe(2000);
    await expect(BZ2(inner, { maxDecodedBytes: 1999 }).get('a')).rejects.toMatchObject({
      key: 'a',
      frame: 0,
      message: expect.stringContaining('more than'),
    });
  });
});
