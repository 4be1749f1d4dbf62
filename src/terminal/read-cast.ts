import { TroubleError } from '../runtime/errors.ts';
import { castHeader, castOutput } from './cast.ts';
import type { Recording, RecordingBook } from './ports.ts';

/**
 * A recording as asciicast v2, part by part: no more than one is in memory. A part that cannot be read is told in its place. Rejects with
 * a `TroubleError` where the first one cannot be had.
 */
export async function readCast(
  book: Pick<RecordingBook, 'part'>,
  recording: Recording,
): Promise<AsyncIterable<string>> {
  const { id, device, who, size, startedAt } = recording;
  const header = castHeader({ size, startedAt, title: `${device}, ${who}` });
  const first = await readPart(0);

  async function readPart(part: number): Promise<string | null> {
    try {
      return await book.part(id, part);
    } catch (error) {
      if (!(error instanceof TroubleError) || error.code !== 'SECRET_DAMAGED') throw error;
      return castOutput(0, `\r\n[part ${part + 1} of the recording is damaged]\r\n`);
    }
  }

  async function* pieces(): AsyncGenerator<string> {
    yield header;
    let lines = first;
    for (let part = 1; lines !== null; part += 1) {
      yield lines;
      lines = await readPart(part);
    }
  }
  return pieces();
}
