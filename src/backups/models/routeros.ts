import { failedMenus, hasNoSecrets, isInterrupted, judgeExport } from '../judge.ts';
import { endLine } from '../proof.ts';
import { readHead } from '../routeros/head.ts';
import { maskLines } from '../routeros/mask.ts';
import { differInHeadOnly, joinedLines, normalLines } from '../routeros/normal-form.ts';
import { menusOf } from '../routeros/rows.ts';
import type { DeviceModel } from './model.ts';

/** `7.20.8 (stable)` */
const VERSION = /^(\d{1,3}\.\d{1,3}[\w.]{0,20})(?: |$)/;

/** MikroTik RouterOS 6 and 7. Version 7 hides secrets unless asked; version 6 shows them and refuses to be asked. */
export const routeros: DeviceModel = {
  name: 'routeros',
  versionCommand: ':put [/system resource get version]',
  readVersion: (answer) => VERSION.exec(answer.trim())?.[1] ?? null,
  commands: (version) => {
    const command = version?.startsWith('6.') === true ? '/export' : '/export show-sensitive';
    return [{ command: (nonce) => `${command}; :put "${endLine(nonce)}"`, end: 'nonce' }];
  },
  historyCommand: '/system history print detail',
  readHead,
  normalLines,
  isSurelySame: differInHeadOnly,
  readableLines: joinedLines,
  blocksOf: menusOf,
  maskLines: (lines, isWanted) => maskLines(lines, menusOf(lines), isWanted),
  adviseFirst: (text, lines) =>
    hasNoSecrets(text, lines)
      ? 'It shows no password or key. If this router has some, give the group of the SSH user the policy sensitive: without it RouterOS leaves them out.'
      : null,
  failedParts: failedMenus,
  isCutShort: isInterrupted,
  judge: judgeExport,
};
