/** Four situations that are no fault of the catalogue, on one lab; `bun run prove situations` tries all of them. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { freshSeed } from "../../src/io/seed.ts";
import { runSituation } from "../../src/trials/situations/run-situation.ts";
import { type OpenStage, openSituationLab } from "../prove/situations/limiter/lab.ts";
import { crashAndHang, fourthNode, killedAgain } from "../prove/situations/limiter/processes.ts";
import { accessRefused } from "../prove/situations/limiter/redis.ts";

setDefaultTimeout(120_000);

const seed = freshSeed();
const ending = new AbortController();
const stack = new AsyncDisposableStack();
let stage: OpenStage;

beforeAll(async () => {
  const lab = stack.use(await openSituationLab(seed, ending.signal));
  stage = stack.use(await lab.stage({ seed, warmMs: 8000, graceMs: 2000, isHurried: true }));
});

afterAll(() => stack.disposeAsync());

test.each([crashAndHang, fourthNode, accessRefused, killedAgain])(
  "situation $id: everything is as it should be",
  async (situation) => {
    const { problems, text } = await runSituation(situation, stage, seed);

    expect(problems, `seed ${seed}\n${text}`).toEqual([]);
  },
);
