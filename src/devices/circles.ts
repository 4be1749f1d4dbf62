/** Tells which devices are behind themselves. Each is looked at once, however long the way to the last parent is. */
export function findCircles(parentOf: (name: string) => string | null): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const way = new Set<string>();
    let at: string | null = name;
    for (; at !== null && !known.has(at) && !way.has(at); at = parentOf(at)) way.add(at);
    let isInCircle = false;
    for (const each of way) {
      // Where the way comes back to itself, the circle begins.
      isInCircle ||= each === at;
      known.set(each, isInCircle);
    }
    return known.get(name) ?? false;
  };
}
