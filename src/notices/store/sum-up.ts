import { countOf, integerOf } from '../../platform/store/columns.ts';
import type { NoticeTransaction } from './schema.ts';

/** A notice's state by its deliveries': the first that one of them has. */
const BY_PRECEDENCE = ['claimed', 'pending', 'sent', 'failed'] as const;

/** Writes down what the deliveries of a notice come to. The caller has locked the notice. */
export async function sumUp(transaction: NoticeTransaction, notice: string): Promise<void> {
  const lines = await transaction
    .selectFrom('deliveries')
    .select(['state', 'sent_at', 'attempts'])
    .where('notice', '=', notice)
    .execute();
  const sentAt = lines.flatMap(({ sent_at }) => (sent_at === null ? [] : [integerOf('deliveries.sent_at', sent_at)]));
  const attempts = lines.map((line) => countOf('deliveries.attempts', line.attempts));
  await transaction
    .updateTable('notices')
    .set({
      state: BY_PRECEDENCE.find((state) => lines.some((line) => line.state === state)) ?? 'failed',
      sent_at: sentAt.length === 0 ? null : BigInt(Math.min(...sentAt)),
      attempts: BigInt(Math.max(0, ...attempts)),
    })
    .where('id', '=', notice)
    .execute();
}
