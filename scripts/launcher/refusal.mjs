/** The launcher will not go on, for a reason that the person can remove: shown as its one line, without a stack. */
export class Refusal extends Error {}
