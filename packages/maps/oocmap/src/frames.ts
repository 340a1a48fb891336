import { quote } from '@spillway/core';
import type { DictBuilder, ListBuilder, ObjectBuilder } from './builders.js';
import { encodeKey } from './key.js';
import type { Reference, Stored } from './stored.js';

/** A container that is being written: its members one after another, and what is made of them. */
export interface Frame {
  readonly source: object;
  /** Goes on to the next member. @returns whether there is one. */
  next(): boolean;
  /** The member. */
  readonly value: unknown;
  add(stored: Stored): void;
  finish(): Reference;
  /** Frees what was added. */
  discard(): void;
  /** Where the member is, for messages. */
  where(): string;
}

export class ListFrame implements Frame {
  value: unknown;
  #at = -1;

  constructor(
    readonly source: object,
    readonly members: Iterator<unknown>,
    readonly builder: ListBuilder,
  ) {}

  next(): boolean {
    const { done, value } = this.members.next();
    this.value = value;
    this.#at++;
    return !done;
  }

  add(stored: Stored): void {
    this.builder.add(stored);
  }

  finish(): Reference {
    return this.builder.finish();
  }

  discard(): void {
    this.builder.discard();
  }

  where(): string {
    return `[${this.#at}]`;
  }
}

export class ObjectFrame implements Frame {
  value: unknown;
  #at = -1;

  constructor(
    readonly source: object,
    readonly builder: ObjectBuilder,
  ) {}

  next(): boolean {
    const name = this.builder.names[++this.#at];
    if (name === undefined) return false;
    this.value = (this.source as Record<string, unknown>)[name];
    return true;
  }

  add(stored: Stored): void {
    this.builder.add(stored);
  }

  finish(): Reference {
    return this.builder.finish();
  }

  discard(): void {
    this.builder.discard();
  }

  where(): string {
    return `[${quote(this.builder.names[this.#at] ?? '')}]`;
  }
}

export class DictFrame implements Frame {
  value: unknown;
  #key: unknown;

  constructor(
    readonly source: object,
    readonly members: Iterator<readonly [unknown, unknown]>,
    readonly builder: DictBuilder,
  ) {}

  next(): boolean {
    const { done, value } = this.members.next();
    if (done) return false;
    [this.#key, this.value] = value;
    return true;
  }

  add(stored: Stored): void {
    this.builder.add(encodeKey(this.#key), stored);
  }

  finish(): Reference {
    return this.builder.finish();
  }

  discard(): void {
    this.builder.discard();
  }

  where(): string {
    return `[${String(this.#key)}]`;
  }
}

/** The members of a set are keys, and have no members themselves. */
export class SetFrame implements Frame {
  readonly value = undefined;

  constructor(
    readonly source: object,
    readonly members: Iterator<unknown>,
    readonly builder: DictBuilder,
  ) {}

  next(): boolean {
    for (;;) {
      const { done, value } = this.members.next();
      if (done) return false;
      this.builder.add(encodeKey(value), undefined);
    }
  }

  add(): void {}

  finish(): Reference {
    return this.builder.finish();
  }

  discard(): void {
    this.builder.discard();
  }

  where(): string {
    return '';
  }
}
