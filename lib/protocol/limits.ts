/** Every limit of what Parley accepts and keeps, in one place. Lengths of text are in UTF-16 units, as JavaScript counts them. */
export const LIMITS = {
  /** Longest prompt; one more is refused with 413. */
  promptLength: 32_000,
  /** Longest body of a request in bytes; a prompt of that many four-byte characters still fits. */
  bodyBytes: 256 * 1024,
  /** Turns that may wait in one conversation; one more is refused with 429. */
  waitingTurns: 20,
  titleLength: 80,
  modelNameLength: 200,
  instructionsLength: 8_000,
  temperatureMax: 2,
  /** Turns in one page of a conversation. */
  pageTurns: 50,
  /** A step that has failed so often ends its turn; only a provider's failures count [LOG10]. */
  tries: 3,
  /** A reply is cut here and says so: a provider that never ends must not fill the disk. */
  replyLength: 400_000,
  replyMs: 30 * 60_000,
  /** A single event of a provider's, or the body of its refusal; nothing of either is of use before it is whole. */
  providerEventBytes: 16 * 1024 * 1024,
} as const;

/** Times that both sides of the wire, or several processes, must agree on, in milliseconds. */
export const TIMES = {
  /** An interjection that has waited this long while nothing runs is not ended by the next one [IJ3]. */
  interjectionSparedMs: 2_000,
  /** A running turn that is silent for so long is taken for orphaned: must stay well above the 1 s of the status look [OB2]. */
  silentMs: 30_000,
  /**
   * A time that lies further ahead than this was noted before the clock went back [CLK2]. Above the difference between
   * the clocks of two machines that set theirs; a smaller jump makes a wait longer by no more than this.
   */
  clockBackMs: 5_000,
  /** Events of an ended turn stay for viewers that are late [LOG8]. */
  eventsKeptMs: 60_000,
  tombstoneKeptMs: 60 * 60_000,
  /** A deleted conversation can be restored for so long, then its words are erased [DEL2]. */
  restoreMs: 30_000,
} as const;

/** Whether `at` was noted before the clock went back, so that nobody knows how long ago that was [CLK2]. */
export const isBeforeJump = (at: number, now: number): boolean => at > now + TIMES.clockBackMs;
