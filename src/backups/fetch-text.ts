import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { DeviceModel, ModelCommand } from './models/model.ts';
import type { Step } from './outcome.ts';
import type { BackupDevice, CommandOutput, OutputLimits, ShellSession } from './ports.ts';
import { provenText } from './proof.ts';
import { type HistoryAction, readHistory } from './routeros/history.ts';
import { type ByteText, byteTextOf } from './text.ts';

/** A configuration that came whole. */
export interface FetchedText {
  readonly text: ByteText;
  readonly bytes: number;
  /** As the device said when it was asked; `null`: it was not. */
  readonly version: string | null;
  /** When the device was asked for it, Unix ms. */
  readonly at: number;
  readonly actions: readonly HistoryAction[];
}

/** Trouble with the place where it came up. */
export class StepTrouble extends Error {
  override name = 'StepTrouble';
  readonly step: Step;
  readonly trouble: TroubleError;

  constructor(step: Step, trouble: TroubleError) {
    super(trouble.message, { cause: trouble });
    this.step = step;
    this.trouble = trouble;
  }
}

export interface FetchDeps {
  readonly limits: OutputLimits;
  readonly clock: Clock;
  readonly newNonce: () => string;
}

const ANSWER_LIMIT_BYTES = 65_536;
const HISTORY_LIMIT_BYTES = 4_194_304;

/**
 * Gets the configuration of a device: the version first, then the export, then who did something. Rejects with a `StepTrouble` where it
 * does not come whole; an aborted signal rejects with its reason.
 */
export async function fetchText(
  device: Pick<BackupDevice, 'shell'>,
  model: DeviceModel,
  { limits, clock, newNonce }: FetchDeps,
  signal: AbortSignal,
): Promise<FetchedText> {
  const session = await within('connect', () => device.shell.open(signal));
  try {
    const version = await within('version', () => askVersion(session, model, limits, signal));
    const at = clock.now();
    const parts: Part[] = [];
    for (const command of model.commands(version)) {
      const left = { ...limits, mostBytes: limits.mostBytes - sum(parts) };
      parts.push(await within('export', () => runWhole(session, command, newNonce(), left, signal)));
    }
    const actions = await askHistory(session, model, limits, signal);
    return { text: parts.map(({ text }) => text).join(''), bytes: sum(parts), version, at, actions };
  } finally {
    session.close();
  }
}

interface Part {
  readonly text: ByteText;
  readonly bytes: number;
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}

async function within<Result>(step: Step, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TroubleError) throw new StepTrouble(step, error);
    throw error;
  }
}

async function askVersion(
  session: ShellSession,
  model: DeviceModel,
  limits: OutputLimits,
  signal: AbortSignal,
): Promise<string | null> {
  if (model.versionCommand === null) return null;
  const output = await session.run(model.versionCommand, { ...limits, mostBytes: ANSWER_LIMIT_BYTES }, signal);
  if (output.end !== 'closed' || output.bytes.length === 0) throw incomplete(output);
  const version = model.readVersion(byteTextOf(output.bytes));
  if (version !== null) return version;
  throw new TroubleError(
    'BACKUP_ERROR_TEXT',
    'the device does not say its version when it is asked',
    'Log in as the same user and try the command; see whether the model of the device is right and the user may read.',
  );
}

async function runWhole(
  session: ShellSession,
  { command, end }: ModelCommand,
  nonce: string,
  limits: OutputLimits,
  signal: AbortSignal,
): Promise<Part> {
  const output = await session.run(command(nonce), limits, signal);
  const all = byteTextOf(output.bytes);
  const text =
    output.end === 'closed' ? (end === 'nonce' ? provenText(all, nonce) : endingWith(all, end.lastLine)) : null;
  if (text === null) throw incomplete(output);
  return { text, bytes: text.length };
}

function endingWith(text: ByteText, lastLine: string): ByteText | null {
  const trimmed = text.trimEnd();
  // A line that only begins so may be any line, where the text was cut: `end-policy` is no `end`. So its own end has to be there too.
  const isEnded = text.includes('\n', trimmed.length);
  return isEnded && trimmed.slice(trimmed.lastIndexOf('\n') + 1) === lastLine.trimEnd() ? text : null;
}

/** Who did something is worth knowing, and no reason to go without the configuration. */
async function askHistory(
  session: ShellSession,
  model: DeviceModel,
  limits: OutputLimits,
  signal: AbortSignal,
): Promise<readonly HistoryAction[]> {
  if (model.historyCommand === null) return [];
  const output = await session.run(model.historyCommand, { ...limits, mostBytes: HISTORY_LIMIT_BYTES }, signal);
  return output.end === 'closed' ? readHistory(byteTextOf(output.bytes)) : [];
}

const ENDS: Readonly<Record<CommandOutput['end'], string>> = {
  closed: 'the device ended it without the line that proves its end',
  lost: 'the connection broke',
  idle: 'the device stopped sending',
  late: 'it took too long',
  large: 'it is larger than a configuration can be',
};

function incomplete({ bytes, end }: CommandOutput): TroubleError {
  return new TroubleError(
    'BACKUP_INCOMPLETE',
    `the configuration did not come whole after ${bytes.length} bytes: ${ENDS[end]}`,
    'Try again when the line to the device is better. A device that needs longer gets it by backup.idleSeconds and backup.totalSeconds.',
  );
}
