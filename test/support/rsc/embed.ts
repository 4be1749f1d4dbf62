/** The lines that carry the undo inside the hardening script: comment lines left out, each line a text of its own. */
export function embeddedUndo(undo: string): string {
  return undo
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => `    :set nsUndo ($nsUndo . "${line.replace(/[\\"$]/g, '\\$&')}\\n")`)
    .join('\n');
}
