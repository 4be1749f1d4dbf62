/**
 * The jobs of the shards, one for each, which lasts for ever: who holds its lock works on it. Everything rejects with a `TroubleError`
 * when Redis does not answer.
 */
export interface ShardJobs {
  /** Makes those that are not there, and gives back to all those whose worker let its lock run out. */
  mend(): Promise<void>;
  /** Takes one that nobody holds; `null`: there is none. */
  take(): Promise<number | null>;
  /** Extends the locks of these, and gives those whose lock is lost. */
  keep(shards: readonly number[]): Promise<readonly number[]>;
  /** Gives one to whoever takes it. */
  release(shard: number): Promise<void>;
  /** How many nobody holds. */
  free(): Promise<number>;
}

/** How a worker holds a shard; see `Holding` in `holdings.ts`. */
export interface HeldShards {
  /** Those whose lock it has. */
  readonly locked: readonly number[];
  /** Those of `locked` whose devices were all tried since. */
  readonly read: readonly number[];
  /** Those whose lock it had and lost, and that it goes on with until another worker has them. */
  readonly lapsed: readonly number[];
}

/** What a worker says of itself. */
export interface SelfPortrait extends HeldShards {
  /** Random, of this start. */
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  /** By its own clock, Unix ms. */
  readonly startedAt: number;
  /** It is about to stop and takes no more. */
  readonly isLeaving: boolean;
}

/** What is known of a worker. */
export interface Member extends SelfPortrait {
  /** By the clock of Redis, Unix ms. */
  readonly lastSeenAt: number;
}

/** The list of the workers. Everything rejects with a `TroubleError` when Redis does not answer. */
export interface Roll {
  /** Writes what a worker says of itself, and gives all, this one too, with the time now. */
  sign(self: SelfPortrait): Promise<RollCall>;
  /** All, without being one of them. */
  read(): Promise<RollCall>;
  /** Takes one off the list. */
  strike(worker: string): Promise<void>;
}

export interface RollCall {
  /** By the clock of Redis, Unix ms. */
  readonly now: number;
  readonly members: readonly Member[];
}
