import { type Access, Gate } from '@spillway/core';
import { RequestKind } from '@spillway/wire';
import type { Remote } from './remote.js';
import { request } from './request.js';

/** The gate of a client: exclusive work also holds the server's lock, which shuts all other clients out. */
export class RemoteGate extends Gate {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  protected override async lock(access: Access): Promise<void> {
    if (access !== 'exclusive') return;
    await request(this.#remote, RequestKind.lock);
    this.#remote.locked();
  }

  protected override async unlock(access: Access): Promise<void> {
    if (access !== 'exclusive') return;
    try {
      await request(this.#remote, RequestKind.unlock);
    } finally {
      this.#remote.unlocked();
    }
  }
}
