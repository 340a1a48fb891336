/**
 * The number of a container says where it is: the last six bits are its place in a block, which small containers
 * share, or {@link OWN} for a page of its own; the others are the number of the block or page.
 */
const PLACES = 64;
const OWN = PLACES - 1;

/** Small containers that a block can hold. */
export const MOST_PLACES = OWN;

export const blockId = (block: number, place: number): number => block * PLACES + place;

export const ownId = (page: number): number => page * PLACES + OWN;

export const isOwn = (id: number): boolean => id % PLACES === OWN;

export const blockOf = (id: number): number => Math.floor(id / PLACES);

export const placeOf = (id: number): number => id % PLACES;
