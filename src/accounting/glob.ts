/**
 * Whether the whole of `text` fits `glob`: `*` is any number of characters, `?` is exactly one, everything else is itself.
 * A character is a Unicode code point, upper and lower case differ. Names are hostile data: the work is bounded by the
 * product of the two lengths, because only the last `*` is ever tried again.
 */
export function matchesGlob(glob: string, text: string): boolean {
  if (!glob.includes('*') && !glob.includes('?')) return glob === text;
  const pattern = Array.from(glob);
  const characters = Array.from(text);
  let at = 0;
  let patternAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (at < characters.length) {
    if (pattern[patternAt] === '*') {
      starAt = patternAt;
      resumeAt = at;
      patternAt += 1;
    } else if (pattern[patternAt] === '?' || pattern[patternAt] === characters[at]) {
      patternAt += 1;
      at += 1;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      resumeAt += 1;
      at = resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt += 1;
  return patternAt === pattern.length;
}
