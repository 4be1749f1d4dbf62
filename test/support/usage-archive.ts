import type { QueueSpan } from '../../src/usage/accounting/unobserved.ts';
import type { QueueDay, QueueHour, UsageArchive, UsageDetails, UsageEvent } from '../../src/usage/ports.ts';

/** One queue on one day, with nothing in it but what is given. */
export function queueDay(fields: Partial<QueueDay>): QueueDay {
  const queue = fields.queue ?? 'bob';
  return {
    day: '2026-11-19',
    router: 'edge-1',
    queue,
    user: fields.user ?? queue,
    isParent: false,
    comment: null,
    uploadBytes: 0n,
    downloadBytes: 0n,
    estimatedBytes: 0n,
    unobservedMs: 0,
    restarts: 0,
    ...fields,
  };
}

/** An archive in memory that filters as the real ones do. */
export function createMemoryArchive(content: {
  readonly days?: readonly QueueDay[];
  readonly hours?: readonly QueueHour[];
  readonly events?: readonly (UsageEvent & { readonly router: string })[];
  readonly unobserved?: readonly QueueSpan[];
}): UsageArchive & UsageDetails {
  const isOf = (router: string | undefined) => (row: { readonly router: string }) =>
    router === undefined || row.router === router;
  return {
    daysOnRecord: async ({ fromDay, toDay }) =>
      [...new Set((content.days ?? []).map(({ day }) => day))].filter((day) => day >= fromDay && day <= toDay).sort(),
    routersOnRecord: async () => [...new Set((content.days ?? []).map(({ router }) => router))].sort(),
    queueDays: async ({ fromDay, toDay, router, user, queue }) =>
      (content.days ?? [])
        .filter((row) => row.day >= fromDay && row.day <= toDay)
        .filter((row) => (user === undefined || row.user === user) && (queue === undefined || row.queue === queue))
        .filter(isOf(router)),
    queueHours: async ({ queue, user, router }) =>
      (content.hours ?? [])
        .filter((row) => (user === undefined || row.user === user) && (queue === undefined || row.queue === queue))
        .filter(isOf(router)),
    events: async ({ fromAt, toAt, router }) =>
      (content.events ?? []).filter((event) => event.at >= fromAt && event.at < toAt).filter(isOf(router)),
    unobserved: async ({ fromAt, toAt, router, user, queue }) =>
      (content.unobserved ?? [])
        .filter((span) => span.startAt < toAt && span.endAt > fromAt)
        .filter((span) => (user === undefined || span.user === user) && (queue === undefined || span.queue === queue))
        .filter(isOf(router)),
  };
}
