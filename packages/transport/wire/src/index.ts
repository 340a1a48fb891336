export { type Address, parseAddress, requirePrivate } from './address.js';
export { asBuffer, Body } from './body.js';
export {
  type Allocate,
  type Columns,
  type Packed,
  packColumns,
  unpackEntries,
  unpackKeys,
  unpackValues,
} from './columns.js';
export { packError, unpackError } from './error.js';
export {
  type Frames,
  REPLY_HEADER_BYTES,
  REQUEST_HEADER_BYTES,
  type Received,
  type ReplyHeader,
  type RequestHeader,
  readReply,
  readRequest,
  requestId,
  writeReplyHeader,
  writeRequestHeader,
} from './header.js';
export {
  type Hello,
  IDENTITY_BYTES,
  type Knowledge,
  packHello,
  packWelcome,
  readHello,
  readWelcome,
  type Welcome,
} from './hello.js';
export { KeyNumbers, NumberedKeys } from './key-numbers.js';
export {
  fromPartdKey,
  isPartdMessage,
  type PartdCommand,
  packPartd,
  readPartd,
  toPartdKey,
} from './partd.js';
export { cut, type Part, PartJoiner } from './parts.js';
export { framesOf, postFrames } from './port.js';
export {
  MAX_NAME_BYTES,
  MAX_REQUEST_BYTES,
  MORE,
  PART_BYTES,
  RESULT_WINDOW_BYTES,
  ReplyKind,
  RequestKind,
  SPLIT,
  VERSION,
} from './protocol.js';
export { socketEvents } from './socket-events.js';
export {
  answerTo,
  FrameReader,
  GREETING_BYTES,
  packFrames,
  packGreeting,
  packReady,
  readGreeting,
} from './zmtp.js';
