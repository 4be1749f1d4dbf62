/** What `migrate` prints, given the names of the migrations that were run. */
export function reportMigrations(applied: readonly string[]): string {
  if (applied.length === 0) return 'The schema is up to date.\n';
  return ['The schema was brought up to date:', ...applied.map((name) => `  ${name}`), ''].join('\n');
}
