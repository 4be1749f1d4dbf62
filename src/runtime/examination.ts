import type { Finding } from './finding.ts';

/** One look at everything, which `check` prints. Each capability adds what it finds. */
export interface Examination {
  readonly signal: AbortSignal;
  readonly sendsTestMail: boolean;
  /** Whether the database can be used: it was tried, and its schema is up to date. */
  readonly database: Promise<boolean>;
  /** What `work` reads from the database; `null` where that cannot be, which is found once for all. Only a bug rejects. */
  read<Result>(work: () => Promise<Result>): Promise<Result | null>;
  /** Names of the routers of all sources, once each was looked at. Findings about one have its `routerSubject`. */
  routers(): Promise<readonly string[]>;
}

/** Trouble is part of what it finds; only a bug rejects. */
export type Examine = (examination: Examination) => Promise<readonly Finding[]>;
