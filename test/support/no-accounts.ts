import type { AccountsBooks } from '../../src/accounts/commands/frame.ts';

/** Accounts that nobody has, and that take everything. */
export const noAccounts: AccountsBooks['accounts'] = {
  desk: {
    users: async () => [],
    addUser: async () => {},
    addFirstUser: async () => {
      throw new Error('no command makes the first user');
    },
    setUser: async () => {},
    removeUser: async () => {},
    sessions: async () => [],
    endSessions: async () => 0,
    tokens: async () => [],
    addToken: async () => ({ id: '0123456789ab', token: 'nst_token' }),
    removeToken: async () => {},
  },
  audit: { add: async () => {}, list: async () => [], countBefore: async () => 0, removeBefore: async () => 0 },
};
