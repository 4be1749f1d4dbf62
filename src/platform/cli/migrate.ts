/** What `migrate` prints, given the names of the migrations that were run. */
export function reportMigrations(applied: readonly string[]): string {
  if (applied.length === 0) return 'The schema is up to date.\n';
  return ['Schema updated:', ...applied.map((name) => `  ${name}`), ''].join('\n');
}
