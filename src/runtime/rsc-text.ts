/**
 * A text as RouterOS reads it between double quotes. `\`, `"` and `$` have escapes of their own, `?` too because the console of version 6
 * takes it for a question; `[` has none and needs none (`\[` is an error). Everything outside printable ASCII goes as the hex bytes of its UTF-8.
 */
export function quoteRsc(text: string): string {
  let quoted = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte > 0x7e) quoted += `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    else quoted += /[\\"$?]/.test(character) ? `\\${character}` : character;
  }
  return `"${quoted}"`;
}
