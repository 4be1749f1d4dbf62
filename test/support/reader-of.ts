import { createRouterLine, type RouterTarget } from '../../src/adapters/routeros/line.ts';
import { createQueueReader } from '../../src/adapters/routeros/queue-reader.ts';
import type { QueueReader } from '../../src/features/usage/ports.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Logger } from '../../src/runtime/logger.ts';

/** A reader with a line of its own. */
export function readerOf(deps: {
  readonly target: RouterTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readerId: string;
}): QueueReader {
  return createQueueReader({ ...deps, line: createRouterLine(deps) });
}
