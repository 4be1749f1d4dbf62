import { createRouterLine, type RouterTarget } from '../../src/platform/routeros/line.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import type { QueueReader } from '../../src/usage/ports.ts';
import { createQueueReader } from '../../src/usage/reader/queue-reader.ts';

/** A reader with a line of its own. */
export function readerOf(deps: {
  readonly target: RouterTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readerId: string;
}): QueueReader {
  return createQueueReader({ ...deps, line: createRouterLine(deps) });
}
