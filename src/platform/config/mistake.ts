import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is wrong with a JSON text, and in which line; the text itself is never quoted, for it may hold secrets. */
export function describeJsonMistake(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = / at position (\d+)/.exec(message)?.[1];
  const [at, reason] =
    position === undefined
      ? [findUnexpected(text), 'unexpected character, or end of the file']
      : [Number(position), message.replace(/ in JSON at position.*$/s, '')];
  return `line ${text.slice(0, at).split('\n').length} is not valid JSON: ${reason}`;
}

/** V8 gives no position with this one error; it is where the shortest start of the text that has the error ends. */
function findUnexpected(text: string): number {
  let fine = 0;
  let broken = text.length + 1;
  while (broken - fine > 1) {
    const middle = (fine + broken) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) broken = middle;
    else fine = middle;
  }
  return fine;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Unexpected token');
  }
}

/** Why a module could not be evaluated, and in which line of which file; without the stack and without quoted text. */
export function describeModuleMistake(path: string, error: unknown): string {
  if (!(error instanceof Error)) return 'it throws something that is not an Error';
  const place = placeOf(error);
  // The parser names a literal it did not expect together with its text.
  const reason = error.message.replace(/literal \(.*\)/s, 'literal');
  if (place === undefined) return reason;
  return `line ${place.line}${place.file !== path ? ` of ${place.file}` : ''}: ${reason}`;
}

/** The first place that an error's stack names outside Node itself. */
function placeOf(error: Error): { readonly file: string; readonly line: number } | undefined {
  const match = /(?:^|at |\()(file:\/\/\/|\/)([^\n()]*?):(\d+)(?::\d+)?\)?$/m.exec(error.stack ?? '');
  if (!match) return undefined;
  const file = match[1] === '/' ? `/${match[2]}` : fileURLToPath(`file:///${match[2]}`);
  // A module that cannot be found is reported from this folder's own hook; the message is enough then.
  return dirname(file) === import.meta.dirname ? undefined : { file, line: Number(match[3]) };
}
