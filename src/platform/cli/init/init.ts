import { asTyped, startCommand } from '../../../runtime/command-name.ts';
import { DEFAULT_FILE } from '../../config/load.ts';
import type { AddCommand } from '../frame.ts';
import { UsageError } from '../usage-error.ts';
import { interview } from './interview.ts';
import type { Questions } from './questions.ts';
import type { Starter } from './starter.ts';
import { refuseToOverwrite, writeStarter } from './write.ts';

export interface InitDeps {
  /** `null`: there is no terminal to ask at. */
  readonly openQuestions: () => Questions | null;
}

/** `init`: asks up to four questions and writes a first configuration with its secrets. */
export function initCommand({ openQuestions }: InitDeps): AddCommand {
  return (program, frame) => {
    program
      .command('init')
      .description('Ask up to four questions (time zone, router or none, mail, pages) and write a first configuration')
      .action(async () => {
        const configFile = frame.globals().config ?? DEFAULT_FILE;
        if (!configFile.endsWith('.ts')) throw new UsageError('init writes TypeScript: the name must end in .ts');
        const place = { folder: '.', configFile };
        refuseToOverwrite(place);
        const questions = openQuestions();
        if (questions === null) throw new UsageError(NO_TERMINAL);
        try {
          questions.say(
            'Up to four questions. Enter takes what is in brackets; Ctrl-C ends, and nothing is written.\n',
          );
          const answers = await interview(questions, ownTimeZone());
          const files = writeStarter(place, answers);
          questions.say(summary(files, answers.starter));
        } finally {
          questions.close();
        }
      });
  };
}

const PAGES = 'http://127.0.0.1:9494';

const NO_TERMINAL =
  'init asks questions and needs a terminal. Without one copy config.starter.ts to config.ts and write its secrets into .env';

function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What was written, and what to do next. */
export function summary(files: readonly string[], { router, hasPages }: Pick<Starter, 'router' | 'hasPages'>): string {
  const key = files.find((file) => file.endsWith('_key'));
  return [
    '',
    `Wrote ${files.join(', ')} (readable by you only).`,
    `Keep a copy of ${key}, apart from backups of the database: it encrypts the passwords in there.`,
    '',
    'Next:',
    `  ${asTyped('check')}   shows what is wrong and what to do`,
    `  ${startCommand()}   starts the worker${hasPages ? `; its log has a link to make the first user of ${PAGES}` : ''}`,
    ...(router === null ? [`  ${PAGES}/inventory   is where you log in and add the first device`] : []),
    ...(hasPages ? [`  ${asTyped('user add NAME --role admin')}   makes the first user without that link`] : []),
  ].join('\n');
}
