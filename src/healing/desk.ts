import type { Actor, RecordChange } from '../incidents/ports.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type Change, noteKey, refusalOf, type Standing, started, UNKNOWN_REASON } from './advance.ts';
import { type Attempt, isUndecided } from './attempt.ts';
import { type Decision, decide } from './decide.ts';
import { type RuleEntry, ruleEntry } from './entries.ts';
import type { Healer } from './healer.ts';
import { withoutSecrets } from './perform.ts';
import type { HealingBook } from './ports.ts';
import { concerns, type Placed, type Rule, viaOf } from './rule.ts';
import { ailingOf, type Seen } from './sight.ts';
import { reasonOf, waits } from './waiting.ts';

/** What people may do with healing. Everything rejects with a `TroubleError` when the database is away. */
export interface HealingDesk {
  rules(): Promise<RuleEntry[]>;
  /** What waits for a person now, the newest first. */
  waiting(): Promise<Attempt[]>;
  /** Whether an attempt does. */
  waits(attempt: Attempt): boolean;
  /** The commands that an approval would send as they are in the configuration, without secrets; empty for all other actions. */
  commandsOf(attempt: Attempt): readonly string[];
  log(asked: { readonly most: number; readonly device?: string | undefined }): Promise<Attempt[]>;
  find: HealingBook['find'];
  /**
   * Approves what is proposed; a worker does it then. Gives the attempt: `refused` where a guard says no now. Rejects with
   * `HEALING_UNKNOWN`, or with `HEALING_NOT_PROPOSED` where it is decided already or belongs to a dry run.
   */
  approve(actor: Actor, id: number): Promise<Attempt>;
  /** Likewise. */
  decline(actor: Actor, id: number): Promise<Attempt>;
  /** Says what `run` would do now; writes and sends nothing. Rejects with `HEALING_RULE_UNKNOWN` or `HEALING_DEVICE_UNKNOWN`. */
  wouldRun(rule: string, device: string): Promise<Decision>;
  /** Applies a rule to a device now and gives the attempt when there is a verdict; the guards hold. Rejects likewise. */
  run(actor: Actor, rule: string, device: string, signal: AbortSignal): Promise<Attempt>;
}

export interface HealingDeskDeps {
  readonly rules: readonly Rule[];
  readonly book: HealingBook;
  readonly healer: Healer;
  /** All of every source, as the database has them now. */
  readonly devices: () => Promise<readonly Placed[]>;
  /** How these are now. */
  readonly look: () => Promise<Seen>;
  readonly record: RecordChange;
  readonly clock: Clock;
}

const NOTHING: Change = { add: [], set: [], notes: [] };
const ASK_EVERY_MS = 1_000;
const FINAL = new Set(['worked', 'failed', 'refused', 'declined']);
/** Whoever does it sees what becomes of it. */
const TELL_NOBODY = () => [];

export function createHealingDesk(deps: HealingDeskDeps): HealingDesk {
  const { rules, book, healer, look, record, clock } = deps;
  const ruleNamed = (name: string) => rules.find((each) => each.name === name);

  function caseOf(name: string, device: string, seen: Seen) {
    const rule = ruleNamed(name);
    if (rule === undefined) {
      throw new TroubleError('HEALING_RULE_UNKNOWN', 'no rule has this name', 'See healing list.');
    }
    const placed = seen.devices.find((each) => each.name === device);
    if (placed === undefined) {
      throw new TroubleError('HEALING_DEVICE_UNKNOWN', 'no device has this name', 'See device list and status.');
    }
    return { rule, device: placed };
  }

  function decideFor(rule: Rule, device: Placed, seen: Seen, { attempts, notes }: Standing, now: number): Decision {
    const noted = notes.get(noteKey(rule.name, device.name)) ?? null;
    const ailing = ailingOf(rule.condition, seen.sights.get(device.name) ?? null, noted);
    return decide({ rule, device, ailing, seen, attempts, now, wish: 'person' });
  }

  const withReason = (attempt: Attempt): Attempt => ({ ...attempt, reason: reasonOf(attempt, rules) });

  async function waiting(): Promise<Attempt[]> {
    const { standing } = await book.read([]);
    return standing.attempts.filter((each) => waits(each, rules)).toReversed();
  }

  /** Changes one proposal; what `into` gives is written. */
  async function change(
    actor: Actor,
    id: number,
    action: 'healing.approve' | 'healing.decline',
    into: (attempt: Attempt, standing: Standing, now: number) => Attempt,
  ): Promise<Attempt> {
    const device = (await book.find(id))?.attempt.device;
    const step = (standing: Standing, now: number): Change => {
      const was = standing.attempts.find((each) => each.id === id);
      if (was === undefined || !isUndecided(was)) return NOTHING;
      return { ...NOTHING, set: [{ was, is: into(was, standing, now) }] };
    };
    const made = device === undefined ? null : await book.change(step, TELL_NOBODY, [device]);
    const [changed = null] = made?.changed ?? [];
    const known = changed === null ? ((await book.find(id))?.attempt ?? null) : null;
    const outcome = changed === null ? (known === null ? 'HEALING_UNKNOWN' : 'HEALING_NOT_PROPOSED') : 'ok';
    await record({ ...actor, action, subject: subjectOf(id, changed ?? known), outcome });
    if (changed !== null) return changed;
    throw known === null ? unknownAttempt() : notProposed(known);
  }

  return {
    async rules() {
      const devices = await deps.devices();
      const [attempts, open] = [await book.list({ most: 1000 }), await waiting()];
      return rules.map((rule) =>
        ruleEntry(rule, {
          devices: devices.filter((device) => concerns(rule, device)).length,
          waiting: open.filter((each) => each.rule === rule.name).length,
          last: attempts.find((each) => each.rule === rule.name) ?? null,
        }),
      );
    },
    waiting,
    waits: (attempt) => waits(attempt, rules),
    commandsOf(attempt) {
      const action = ruleNamed(attempt.rule)?.action;
      return action?.kind === 'run' && waits(attempt, rules) ? action.lines.map(withoutSecrets) : [];
    },
    log: async (asked) => (await book.list(asked)).map(withReason),
    async find(id) {
      const found = await book.find(id);
      return found === null ? null : { ...found, attempt: withReason(found.attempt) };
    },
    async approve(actor, id) {
      const seen = await look();
      return await change(actor, id, 'healing.approve', (attempt, standing, now) => {
        const rule = ruleNamed(attempt.rule);
        const device = seen.devices.find(({ name }) => name === attempt.device);
        const others = { ...standing, attempts: standing.attempts.filter((each) => each.id !== id) };
        const refusal =
          rule === undefined || device === undefined
            ? UNKNOWN_REASON
            : refusalOf(attempt, rule, decideFor(rule, device, seen, others, now));
        const said = { ...attempt, decidedAt: now, by: actor.who };
        if (refusal === null) return { ...said, state: 'approved' };
        return { ...said, state: 'refused', reason: refusal, finishedAt: now };
      });
    },
    decline: (actor, id) =>
      change(actor, id, 'healing.decline', (attempt, _standing, now) => {
        return { ...attempt, state: 'declined', decidedAt: now, finishedAt: now, by: actor.who };
      }),
    async wouldRun(name, device) {
      const seen = await look();
      const asked = caseOf(name, device, seen);
      const { standing, now } = await book.read([device]);
      return decideFor(asked.rule, asked.device, seen, standing, now);
    },
    async run(actor, name, device, signal) {
      const seen = await look();
      const asked = caseOf(name, device, seen);
      const step = (standing: Standing, now: number): Change => {
        const decision = decideFor(asked.rule, asked.device, seen, standing, now);
        const via = viaOf(asked.rule, asked.device) ?? '';
        const given = { now, worker: healer.worker, by: actor.who, attempts: standing.attempts };
        return { ...NOTHING, add: started(asked.rule, asked.device, firm(decision, via), given) };
      };
      const { changed } = await book.change(step, TELL_NOBODY, [device]);
      const [mine] = changed;
      if (mine === undefined) throw unknownAttempt();
      await record({ ...actor, action: 'healing.run', subject: subjectOf(mine.id, mine), outcome: 'ok' });
      if (mine.state === 'running') await healer.perform(mine);
      for (;;) {
        const now = (await book.find(mine.id))?.attempt;
        if (now === undefined) throw unknownAttempt();
        if (FINAL.has(now.state)) return now;
        await pause(clock, ASK_EVERY_MS, signal);
        signal.throwIfAborted();
        await healer.pass('verdicts');
      }
    },
  };
}

/** By hand it is now or not at all. */
function firm(decision: Decision, via: string): Exclude<Decision, { do: 'wait' }> {
  return decision.do === 'wait' ? { do: 'refuse', reason: decision.reason, via, outageAt: 0 } : decision;
}

function subjectOf(id: number, attempt: Attempt | null): string {
  return attempt === null ? String(id) : `${id} ${attempt.rule} ${attempt.device}`;
}

function unknownAttempt(): TroubleError {
  return new TroubleError('HEALING_UNKNOWN', 'there is no healing attempt of this number', 'See healing log.');
}

function notProposed({ state, mode, by }: Attempt): TroubleError {
  if (state === 'proposed' && mode === 'dryRun') {
    return new TroubleError(
      'HEALING_NOT_PROPOSED',
      'its rule is a dry run, which does nothing',
      "Set mode: 'ask' or 'auto' in the configuration, or use healing run.",
    );
  }
  const who = by === null ? '' : ` (${by})`;
  return new TroubleError('HEALING_NOT_PROPOSED', `it is ${state} already${who}`, 'See healing log.');
}
