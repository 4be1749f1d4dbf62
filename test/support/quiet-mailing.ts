import type { Books } from '../../src/commands.ts';

const INCIDENT = {
  id: 1,
  kind: 'blind',
  subject: 'edge-1',
  summary: '',
  openedAt: 0,
  closedAt: null,
  acknowledged: null,
};

/** Alerts, reports and mails as the command line sees them, where nothing is due and every mail is taken. */
export const quietMailing: Pick<Books, 'alerts' | 'incidents' | 'reporter' | 'delivery' | 'hasMail'> = {
  alerts: { alerts: async () => [] },
  incidents: { list: async () => [], acknowledge: async () => INCIDENT },
  reporter: {
    compose: async ({ startDay }) => ({
      subject: '',
      html: '',
      text: `the report of ${startDay}\n`,
      csv: '',
      csvName: '',
    }),
    mail: async () => 'written',
  },
  delivery: {
    deliverDue: async () => ({ sent: 1, failed: 0, waiting: 0 }),
  },
  hasMail: true,
};
