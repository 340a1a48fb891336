const bytes = (...values: number[]) => Uint8Array.from(values);
const magic = [0x28, 0xb5, 0x2f, 0xfd];

/** A frame of one segment, "abc", in a raw block that is the last. */
const whole = bytes(...magic, 0x20, 3, 0x19, 0, 0, 97, 98, 99);

/** Payloads that every engine must refuse. */
export const wrongPayloads = {
  'nothing in it': bytes(),
  'a magic number alone': bytes(...magic),
  'a size of 4 GB in 20 bytes': bytes(...magic, 0xa0, 0xff, 0xff, 0xff, 0xff, ...Array(11).fill(0)),
  'a size of 2⁶⁴ bytes': bytes(...magic, 0xe0, ...Array(8).fill(0xff), 0x19, 0, 0, 97, 98, 99),
  'a size that is too large': bytes(...magic, 0x20, 4, 0x19, 0, 0, 97, 98, 99),
  'a size that is too small': bytes(...magic, 0x20, 2, 0x19, 0, 0, 97, 98, 99),
  'no last block': bytes(...magic, 0x20, 3, 0x18, 0, 0, 97, 98, 99),
  'a block of no kind': bytes(...magic, 0x20, 3, 0x1f, 0, 0, 97, 98, 99),
  'a block cut off': whole.subarray(0, -1),
  'bytes behind its end': bytes(...whole, 0),
  'two frames': bytes(...whole, ...whole),
  'a frame to skip': bytes(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0),
  'a dictionary that is not here': bytes(...magic, 0x21, 7, 3, 0x19, 0, 0, 97, 98, 99),
  'a broken block': bytes(...magic, 0x20, 3, 0x1d, 0, 0, 97, 98, 99),
  'a run longer than a block': bytes(...magic, 0x80, 0, 0, 0, 0x10, 0, 0xfb, 0xff, 0xff, 97),
};
