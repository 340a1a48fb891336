import type { MessagePort } from 'node:worker_threads';
import type { Channel, ChannelEvents } from './channel.js';
import { CurveChannel } from './curve-channel.js';
import type { ClientKeys } from './keys.js';
import { PlainChannel } from './plain-channel.js';
import { PortChannel } from './port-channel.js';

/** Opens a connection of the kind that the address and keys call for. @throws {ConnectionError} */
export function openChannel(
  address: string | MessagePort,
  keys: ClientKeys | undefined,
  events: ChannelEvents,
): Channel {
  if (typeof address !== 'string') return new PortChannel(address, events);
  return keys ? new CurveChannel(address, keys, events) : new PlainChannel(address, events);
}
