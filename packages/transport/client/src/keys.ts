import { curveKeyPair } from 'zeromq';

/** A pair of CURVE keys, each 40 printable characters (Z85). */
export interface KeyPair {
  /** For the other side. */
  readonly publicKey: string;
  /** For nobody else. */
  readonly secretKey: string;
}

/** What a client needs to reach a server that has keys. */
export interface ClientKeys extends KeyPair {
  /** The server's public key. */
  readonly serverKey: string;
}

/**
 * Makes a pair of keys, for a client or a server. Traffic between two that have each other's public key is encrypted
 * and authenticated by {@link https://rfc.zeromq.org/spec/26 | CurveZMQ}.
 */
export function makeKeys(): KeyPair {
  return curveKeyPair();
}
