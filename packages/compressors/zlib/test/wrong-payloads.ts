import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

const text = 'forty-two bytes that were compressed before';
const whole = deflateSync(text);
const otherChecksum = Uint8Array.from(whole).with(-1, (whole.at(-1) as number) ^ 1);

/** Payloads that both engines must refuse. */
export const wrongPayloads = {
  'nothing in it': new Uint8Array(0),
  'a header alone': whole.subarray(0, 2),
  'another checksum': otherChecksum,
  'its checksum cut off': whole.subarray(0, -4),
  'bytes behind its end': Buffer.concat([whole, Uint8Array.of(0)]),
  'two streams': Buffer.concat([whole, deflateSync('and another')]),
  'a raw stream': deflateRawSync(text),
  'a gzip stream': gzipSync(text),
  'a dictionary that is not here': deflateSync(text, {
    dictionary: new TextEncoder().encode('bytes that were'),
  }),
  'no stream at all': new TextEncoder().encode(text),
};
