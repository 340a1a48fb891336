/** What Python's `bz2.compress(b'abc')` gives. */
const whole = Buffer.from(
  '425a6839314159265359648cbb73000000010038002000219819846177245385090648cbb730',
  'hex',
);

function changed(at: number, byte: number): Uint8Array {
  return Uint8Array.from(whole).with(at, byte);
}

/** Payloads that both engines must refuse. */
export const wrongPayloads = {
  'nothing in it': new Uint8Array(0),
  'a header alone': whole.subarray(0, 4),
  'no end': whole.subarray(0, -10),
  'another checksum of its block': changed(10, 0x65),
  'another checksum of all': changed(34, 0x49),
  'a level of 0': changed(3, 0x30),
  'bytes behind its end': Buffer.concat([whole, Uint8Array.of(0)]),
  'bytes between two streams': Buffer.concat([whole, Uint8Array.of(0), whole]),
  'a second stream that is broken': Buffer.concat([whole, changed(10, 0x65)]),
  'no stream at all': new TextEncoder().encode('forty-two bytes that were compressed before'),
};
