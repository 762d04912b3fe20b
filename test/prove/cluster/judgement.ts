/** Judges what nodes answered: how much more than the limit was admitted, and whether lost writes account for it. */

/** One answer to a check. Times are monotonic milliseconds of the client. */
export interface Answer {
  readonly key: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly allowed: boolean;
  /** Whether Redis decided it, and not the failure policy. */
  readonly byRedis: boolean;
}

/** Writes of one shard that Redis acknowledged and lost. */
export interface Loss {
  readonly shard: number;
  /** Monotonic milliseconds at which the first and the last of them were acknowledged. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly writes: number;
}

/** What is judged by. */
export interface Rule {
  readonly limit: number;
  readonly windowMs: number;
  readonly shardOf: (key: string) => number;
  readonly losses: readonly Loss[];
}

/** What was found. */
export interface Judgement {
  /** The most that Redis admitted of one key within one window. */
  readonly mostByRedis: number;
  /** The most that Redis and the failure policy admitted together. */
  readonly most: number;
  /** Units above the limit, admitted by Redis in the worst window of each key. */
  readonly over: number;
  /** How many of them no lost write accounts for. */
  readonly unexplained: number;
}

/** Milliseconds around a loss: the witness writes now and then, the nodes in between. */
const SLACK_MS = 150;

/**
 * Judges all answers. A window is filled by admissions that were sent and answered within it, so that none is counted
 * that was decided outside.
 */
export function judge(answers: readonly Answer[], rule: Rule): Judgement {
  const admitted = answers.filter(({ allowed }) => allowed).toSorted((a, b) => a.receivedMs - b.receivedMs);
  const byKey = [...Map.groupBy(admitted, ({ key }) => key).values()];
  const worst = byKey.map((own) =>
    worstOf(
      own.filter(({ byRedis }) => byRedis),
      rule,
    ),
  );
  return {
    mostByRedis: Math.max(0, ...worst.map(({ units }) => units)),
    most: Math.max(0, ...byKey.map((own) => worstOf(own, rule).units)),
    over: worst.reduce((sum, { units }) => sum + Math.max(0, units - rule.limit), 0),
    unexplained: worst.reduce((sum, { unexplained }) => sum + unexplained, 0),
  };
}

/** The fullest window of one key, and the most units above the limit that no loss accounts for. */
function worstOf(admitted: readonly Answer[], { limit, windowMs, shardOf, losses }: Rule) {
  let units = 0;
  let unexplained = 0;
  for (const [at, { receivedMs, key }] of admitted.entries()) {
    const inWindow = admitted.slice(0, at + 1).filter(({ sentMs }) => sentMs > receivedMs - windowMs);
    const own = losses.filter(({ shard }) => shard === shardOf(key));
    const lost = inWindow.filter((one) =>
      own.some(({ fromMs, toMs }) => one.receivedMs >= fromMs - SLACK_MS && one.sentMs <= toMs + SLACK_MS),
    );
    units = Math.max(units, inWindow.length);
    unexplained = Math.max(unexplained, inWindow.length - limit - lost.length);
  }
  return { units, unexplained };
}
