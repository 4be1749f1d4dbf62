/**
 * Whether the whole of `text` fits `glob`: `*` is any number of characters, `?` is exactly one, everything else is itself.
 * A character is a Unicode code point, upper and lower case differ. Names are hostile data: the work is bounded by the
 * product of the two lengths, because only the last `*` is ever tried again.
 */
export function matchesGlob(glob: string, text: string): boolean {
  if (!glob.includes('*') && !glob.includes('?')) return glob === text;
  let at = 0;
  let patternAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (at < text.length) {
    if (glob[patternAt] === '*') {
      starAt = patternAt;
      resumeAt = at;
      patternAt += 1;
    } else if (glob[patternAt] === '?') {
      patternAt += 1;
      at += unitsAt(text, at);
    } else if (glob[patternAt] === text[at]) {
      patternAt += 1;
      at += 1;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      resumeAt += unitsAt(text, resumeAt);
      at = resumeAt;
    } else {
      return false;
    }
  }
  while (glob[patternAt] === '*') patternAt += 1;
  return patternAt === glob.length;
}

/** UTF-16 units of the character that begins there. */
function unitsAt(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
