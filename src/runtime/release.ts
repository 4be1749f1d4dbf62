/** When this version was released, Unix ms; a test holds it against CHANGELOG.md. A clock that shows an earlier instant is wrong. */
export const RELEASED_AT = Date.UTC(2026, 10, 20);
