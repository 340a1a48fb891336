/** Members that a preview shows. */
const SHOWN = 5;

/** A line that shows what something is, and its first members. */
export function preview<T>(
  opening: string,
  members: Iterable<T>,
  size: number,
  show: (member: T) => string,
  closing: string,
): string {
  const shown: string[] = [];
  for (const member of members) {
    if (shown.length === SHOWN) break;
    shown.push(show(member));
  }
  if (size > SHOWN) shown.push(`… ${size - SHOWN} more`);
  return shown.length === 0 ? `${opening}${closing}` : `${opening} ${shown.join(', ')} ${closing}`;
}
