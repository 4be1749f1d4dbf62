import type { Books } from '../../src/platform/cli/program.ts';

/** Alerts, reports and mails as the command line sees them, where nothing is due and every mail is taken. */
export const quietMailing: Pick<Books, 'alerts' | 'reporter' | 'delivery' | 'hasMail'> = {
  alerts: { alerts: async () => [] },
  reporter: {
    compose: async ({ startDay }) => ({
      subject: '',
      html: '',
      text: `the report of ${startDay}\n`,
      csv: '',
      csvName: '',
    }),
    mail: async () => 'written',
    mailDue: async () => 0,
    start: () => {},
    stop: async () => {},
  },
  delivery: {
    deliverDue: async () => ({ sent: 1, failed: 0, waiting: 0 }),
    wake: () => {},
    start: () => {},
    stop: async () => {},
  },
  hasMail: true,
};
