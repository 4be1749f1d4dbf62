import type { PollEnd } from '../devices/ports.ts';
import type { Clock } from '../runtime/clock.ts';

/** How a poll went, for the other workers. */
export interface PollNews {
  readonly poll: PollEnd;
  readonly durationMs: number;
}

/** What is new at a worker. */
export interface News {
  readonly polls: readonly PollNews[];
  /** What open pages of other workers may show and is out of date. */
  readonly topics: readonly string[];
}

/** Gathers what is new, so that a thousand polls are few messages. */
export interface NewsDesk {
  polled(poll: PollEnd, durationMs: number): void;
  tell(topic: string): void;
}

const GATHERED_FOR_MS = 1_000;
const MOST_POLLS = 200;

export function createNewsDesk({
  send,
  clock,
}: {
  readonly send: (news: News) => void;
  readonly clock: Pick<Clock, 'after'>;
}): NewsDesk {
  let polls: PollNews[] = [];
  let topics = new Set<string>();
  let isWaiting = false;

  function flush(): void {
    const news = { polls, topics: [...topics] };
    [polls, topics] = [[], new Set()];
    send(news);
  }

  function gather(): void {
    if (polls.length >= MOST_POLLS) flush();
    if (isWaiting) return;
    isWaiting = true;
    clock.after(GATHERED_FOR_MS, () => {
      isWaiting = false;
      if (polls.length + topics.size > 0) flush();
    });
  }

  return {
    polled(poll, durationMs) {
      polls.push({ poll: plain(poll), durationMs });
      gather();
    },
    tell(topic) {
      topics.add(topic);
      gather();
    },
  };
}

/** Without what a listener gets besides. */
function plain(poll: PollEnd): PollEnd {
  const { router } = poll;
  if (poll.status === 'failed') return { status: 'failed', router, trouble: words(poll.trouble) };
  const { facts } = poll;
  if (poll.status === 'held') return { status: 'held', router, facts, trouble: words(poll.trouble) };
  return { status: poll.status, router, facts };
}

function words({
  code,
  message,
  advice,
}: {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}) {
  return { code, message, advice };
}
