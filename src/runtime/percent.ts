/** Text with `%XX`, as in URLs and safe file names, as it was before; `null`: no such text. */
export function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
