/** RouterOS versions that can be simulated. */
export type RouterOsVersion = '6.40.9' | '6.49.18' | '7.12.1' | '7.20.1';

/** What differs between RouterOS versions, as far as an API client can see. */
export interface VersionTraits {
  /** As `/system/resource` gives it. */
  readonly fullVersion: string;
  /** As `/system/routerboard` gives it. */
  readonly firmware: RouterOsVersion;
  /** Login by MD5 challenge; since 6.43 the password is sent with `/login`. */
  readonly challengeLogin: boolean;
  /** `!empty` before `!done` when a list has no rows, since 7.18. */
  readonly sendsEmpty: boolean;
  /** The text of the `!trap` that refuses a login. */
  readonly loginRefusal: string;
}

const LOGIN_REFUSAL_SINCE_6_43 = 'invalid user name or password (6)';

export const VERSION_TRAITS: Readonly<Record<RouterOsVersion, VersionTraits>> = {
  '6.40.9': {
    firmware: '6.40.9',
    fullVersion: '6.40.9 (bugfix)',
    challengeLogin: true,
    sendsEmpty: false,
    loginRefusal: 'cannot log in',
  },
  '6.49.18': {
    firmware: '6.49.18',
    fullVersion: '6.49.18 (long-term)',
    challengeLogin: false,
    sendsEmpty: false,
    loginRefusal: LOGIN_REFUSAL_SINCE_6_43,
  },
  '7.12.1': {
    firmware: '7.12.1',
    fullVersion: '7.12.1 (stable)',
    challengeLogin: false,
    sendsEmpty: false,
    loginRefusal: LOGIN_REFUSAL_SINCE_6_43,
  },
  '7.20.1': {
    firmware: '7.20.1',
    fullVersion: '7.20.1 (stable)',
    challengeLogin: false,
    sendsEmpty: true,
    loginRefusal: LOGIN_REFUSAL_SINCE_6_43,
  },
};
