/** Of each field of a form what is wrong with it, or `null`; `form` is what concerns all of it. */
export type ProblemsAt<Name extends string> = Readonly<Record<Name | 'form', string | null>>;
