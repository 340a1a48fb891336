import type { Ledger } from '@spillway/core';

/** Forgets what a sender need not ask for any more. What can't be forgotten now takes a little room, no more. */
export async function settle(
  ledger: Ledger | undefined,
  sender: string,
  sequence = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  try {
    await ledger?.settle(sender, sequence);
  } catch {
    // The next time, or after the server's next start.
  }
}
