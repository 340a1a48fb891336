/** So often it is tried, a millisecond apart, to open a socket's events. */
const TRIES = 200;

/**
 * The events of a ZeroMQ socket, opened. ZeroMQ calls the place they are read from after an address in memory; a
 * socket closed just before may have had the same one, and another thread has yet to give up its name.
 *
 * @throws what opening them threw, for any other reason.
 */
export function socketEvents<E>(socket: { readonly events: E }): E {
  for (let tries = 1; ; tries++) {
    try {
      return socket.events;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === TRIES) throw error;
      // Not later: what happens to the socket meanwhile would be missed.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
