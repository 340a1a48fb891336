import { describe, expect, it } from '@jest/globals';
import { socketEvents } from '../src/index.js';

/** A socket whose events can be opened after some failures, as when ZeroMQ's threads are late. */
function socket(failures: number, code: string) {
  let tries = 0;
  return {
    get events() {
      tries++;
      if (tries > failures) return tries;
      throw Object.assign(new Error('Address already in use'), { code });
    },
  };
}

describe('socketEvents', () => {
  it('are opened once their name is free', () => {
    expect(socketEvents(socket(0, 'EADDRINUSE'))).toBe(1);
    expect(socketEvents(socket(3, 'EADDRINUSE'))).toBe(4);
  });

  it('that cannot be opened for another reason, or for long, are an error', () => {
    expect(() => socketEvents(socket(1, 'EMFILE'))).toThrow('Address already in use');
    expect(() => socketEvents(socket(1e6, 'EADDRINUSE'))).toThrow('Address already in use');
  });
});
