/** Four situations that are no fault of the catalogue, on one lab; `bun run prove situations` tries all of them. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { freshSeed } from "../../src/io/seed.ts";
import { runSituation } from "../../src/trials/situations/run-situation.ts";
import { type OpenStage, openSituationLab } from "../prove/situations/lab.ts";
import type { LimiterPowers } from "../prove/situations/limiter/powers.ts";
import { crashAndHang, fourthNode, killedAgain } from "../prove/situations/limiter/processes.ts";
import { accessRefused } from "../prove/situations/limiter/redis.ts";
import { LIMITER_SETTING } from "../prove/situations/limiter/setting.ts";
import { exceptLate } from "./lateness.ts";

setDefaultTimeout(120_000);

/** On a machine with little to spare a node decides alone for moments, and a key gets a unit too much: not what is tried here. */
const GRACES = { "ghost-allowing": 600_000, "counter-drift": 600_000 };
/** What was allowed too often is soon forgotten. */
const THRESHOLDS = { "ghost-allowing": { pastMs: 5000 } };

const seed = freshSeed();
const ending = new AbortController();
const stack = new AsyncDisposableStack();
let stage: OpenStage<LimiterPowers>;

beforeAll(async () => {
  const lab = stack.use(await openSituationLab(LIMITER_SETTING, seed, ending.signal));
  stage = stack.use(
    await lab.stage({ seed, warmMs: 8000, graceMs: 2000, graces: GRACES, thresholds: THRESHOLDS, isHurried: true }),
  );
});

afterAll(() => stack.disposeAsync());

test.each([crashAndHang, fourthNode, accessRefused, killedAgain])(
  "situation $id: everything is as it should be",
  async (situation) => {
    const { problems, text } = await runSituation(situation, stage, seed);

    expect(exceptLate(problems), `seed ${seed}\n${text}`).toEqual([]);
  },
);
