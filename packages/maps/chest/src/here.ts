/** How often chests of this thread have written. Others of them see it without anything happening in between. */
let writes = 0;

export function noteWrite(): void {
  writes++;
}

export function writesHere(): number {
  return writes;
}
