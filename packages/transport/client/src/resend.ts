import { type Knowledge, RequestKind } from '@spillway/wire';
import { type Call, isHarmless } from './call.js';

/** A call that loses its connection so often is given up: the server may lose it over the call itself. */
const MOST_TIMES = 10;

/**
 * Whether a call that was sent over an earlier connection may be sent again: it changes nothing, or the server knows
 * whether it was carried out. Results that came already must not have gone on to a reader.
 *
 * @param knowledge what the server knows of earlier requests.
 */
export function mayResend(call: Call, knowledge: Knowledge): boolean {
  call.again = (call.again ?? 0) + 1;
  if (call.again > MOST_TIMES) return false;
  if (call.restart?.() === false) return false;
  if (isHarmless(call) || knowledge === 'all') return true;
  return knowledge === 'appends' && call.kind === RequestKind.append;
}
