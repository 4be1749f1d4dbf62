/** Names that somebody could give to a queue and that must be no more than names, wherever they are shown. */
export const HOSTILE_NAMES = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'{{constructor}}{{{this}}}",
  '../../healthz',
  '..',
  '.',
  'a/b?c#d%2Fe%',
  '=cmd|calc',
  'right\u202Eleft\u0000',
  '\u{1F600} ümlaut',
  'x'.repeat(255),
] as const;
