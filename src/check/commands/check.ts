import { type AddCommand, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { csvRows } from '../../runtime/csv.ts';
import type { Finding } from '../../runtime/finding.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import { textWidth } from '../../runtime/text-width.ts';
import { wrapText } from '../../runtime/wrap.ts';
import type { Checker } from '../checker.ts';

export interface CheckOptions {
  readonly format: OutputFormat;
  readonly sendTestMail: boolean;
}

/** `check`: whether all is well, and what to do where it is not. */
export function checkCommand({ open }: { readonly open: Open<{ readonly checker: Checker }> }): AddCommand {
  return (program, frame) => {
    program
      .command('check')
      .description(
        'Test the configuration, the database, every router and the mail server, and print what to do; exit code 1 when something failed',
      )
      .option('--send-test-mail', 'also send a test mail', false)
      .addOption(formatOption())
      .action((options: CheckOptions) =>
        withOpened(open, frame, async ({ checker }) => {
          const { screen, stdout } = frame;
          const { text, exitCode } = await runCheck({ checker, screen, signal: frame.untilStop() }, options);
          stdout.write(text);
          frame.exitWith(exitCode);
        }),
      );
  };
}

/** What `check` prints, and its exit code: 1 when something failed, warnings alone are 0. */
export async function runCheck(
  deps: { readonly checker: Checker; readonly screen: Screen; readonly signal: AbortSignal },
  { format, sendTestMail }: CheckOptions,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const findings = await deps.checker.check({ sendsTestMail: sendTestMail, signal: deps.signal });
  const exitCode = findings.some(({ status }) => status === 'failure') ? 1 : 0;
  return { text: print(findings, format, deps.screen), exitCode };
}

function print(findings: readonly Finding[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(findings);
  if (format === 'csv') {
    const rows = findings.map(({ subject, part, status, found, advice }) => [subject, part, status, found, advice]);
    return csvRows([['subject', 'part', 'status', 'found', 'advice'], ...rows]);
  }
  return renderFindings(findings, screen);
}

const STATUS_WORDS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;
const STATUS_COLUMNS = Math.max(...Object.values(STATUS_WORDS).map((word) => word.length));
/** Where the screen is narrower, lines break on their own. */
const NARROWEST_TEXT = 30;

/** A table with a heading for each subject; the advice is below the finding. */
function renderFindings(findings: readonly Finding[], screen: Screen): string {
  const partColumns = findings.reduce((widest, { part }) => Math.max(widest, textWidth(part)), 0);
  const indent = ' '.repeat(2 + STATUS_COLUMNS + 2 + partColumns + 2);
  const textColumns = Math.max(NARROWEST_TEXT, screen.width - indent.length);
  const lines: string[] = [];
  let subject: string | null = null;
  for (const finding of findings) {
    if (finding.subject !== subject) {
      if (subject !== null) lines.push('');
      subject = finding.subject;
      lines.push(screen.bold(readableName(subject)));
    }
    const word = STATUS_WORDS[finding.status];
    const status = paintOf(finding, screen)(word) + ' '.repeat(STATUS_COLUMNS - word.length);
    const part = finding.part + ' '.repeat(partColumns - textWidth(finding.part));
    const [first = '', ...others] = wrapText(readableName(finding.found), textColumns);
    lines.push(`  ${status}  ${part}  ${first}`.trimEnd(), ...others.map((line) => indent + line));
    if (finding.advice === null) continue;
    const [todo = '', ...more] = wrapText(readableName(finding.advice), textColumns - 2);
    lines.push(`${indent}→ ${todo}`, ...more.map((line) => `${indent}  ${line}`));
  }
  return `${lines.join('\n')}\n\n${summary(findings, screen)}\n`;
}

function paintOf({ status }: Finding, screen: Screen): (text: string) => string {
  if (status === 'failure') return screen.red;
  return status === 'warning' ? screen.yellow : screen.dim;
}

function summary(findings: readonly Finding[], screen: Screen): string {
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const [failures, warnings] = [count('failure'), count('warning')];
  if (failures === 0 && warnings === 0) return 'All OK.';
  return [
    ...(failures > 0 ? [screen.red(formatCount(failures, 'failure', 'failures'))] : []),
    ...(warnings > 0 ? [screen.yellow(formatCount(warnings, 'warning', 'warnings'))] : []),
    `${count('ok')} ok`,
  ].join(', ');
}
