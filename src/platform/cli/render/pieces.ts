import type { Output } from './screen.ts';

/** Written at once: lines one by one would be a system call each. */
const WRITTEN_UNITS = 64 * 1024;

/** Writes pieces as they come, no faster than they are read. */
export async function writePieces(output: Output, pieces: AsyncIterable<string>): Promise<void> {
  let waiting = '';
  for await (const piece of pieces) {
    waiting += piece;
    if (waiting.length < WRITTEN_UNITS) continue;
    await write(output, waiting);
    waiting = '';
  }
  await write(output, waiting);
}

async function write(output: Output, text: string): Promise<void> {
  if (output.write(text) !== false || output.once === undefined) return;
  await new Promise<void>((resolve) => output.once?.('drain', resolve));
}
