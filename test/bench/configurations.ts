import { exportText } from '../support/exports.ts';

/** How an export ends that nobody keeps. */
export const BARE_END = 'ns-end-bare';

/** Rows whose words say nothing about each other, as passwords and addresses of customers do: they compress as little as those. */
function wordsFrom(seed: number): () => string {
  let state = seed;
  return () => {
    // A linear congruential generator: the same words in each run.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state.toString(36);
  };
}

/** An export of about so many bytes. Each `change` changes five rows and adds one. */
export function configurationOf(bytes: number, change: number, device = 0): string {
  const word = wordsFrom(device + 1);
  const rows: string[] = [];
  for (let size = 0, index = 0; size < bytes; index += 1) {
    const row = `add comment="house ${index}" name=${word()} password=${word()}${word()} profile=p${index % 9} service=pppoe`;
    rows.push(row);
    size += row.length + 8;
  }
  const changed = wordsFrom(change + 1_000);
  for (let each = 0; each < (change === 0 ? 0 : 5); each += 1) {
    const at = Number.parseInt(changed(), 36) % rows.length;
    rows[at] = `add comment="changed ${change}" name=${changed()} password=${changed()} service=pppoe`;
  }
  const added = Array.from(
    { length: change },
    (_, index) => `add name=new-${index} password=${changed()} service=pppoe`,
  );
  return exportText({ menus: { '/ppp secret': [...rows, ...added], '/system identity': [`set name=edge-${device}`] } });
}
