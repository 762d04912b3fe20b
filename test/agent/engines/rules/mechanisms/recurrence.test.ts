import { expect, test } from "bun:test";
import { diagnose, LAMPS, type Trouble } from "../lamps.ts";

const DOWN = { down: ["mains/1"], brokenFrom: LAMPS } as const;
const UP = { brokenFrom: [] } as const;
const COMES_AND_GOES = {
  tickets: ["mains/1"],
  processes: { "mains/1": "running" },
  earlier: [
    { atMs: 1500, ...DOWN },
    { atMs: 1600, ...UP },
    { atMs: 1700, ...DOWN },
    { atMs: 1800, ...UP },
  ],
} satisfies Trouble;

test("rules names a hang that comes and goes of what all who need it lose each time, also while it answers", async () => {
  const { cause } = await diagnose(COMES_AND_GOES);

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "hang", verdict: "confirmed" });
  expect(cause?.summary).toContain("again and again");
});

test("rules names it while it is silent", async () => {
  const { cause } = await diagnose({
    ...COMES_AND_GOES,
    components: { "mains/1": ["down", "timed-out"] },
    brokenLinksFrom: LAMPS,
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "hang" });
});

test("rules does not name it of what fell silent once", async () => {
  const { cause } = await diagnose({ ...COMES_AND_GOES, earlier: COMES_AND_GOES.earlier.slice(0, 2) });

  expect(cause?.mechanism).not.toBe("hang");
});

test("rules does not name it of what served some all the time", async () => {
  const some = COMES_AND_GOES.earlier.map((look) => ({ ...look, brokenFrom: look.brokenFrom.slice(1) }));

  const { cause } = await diagnose({ ...COMES_AND_GOES, earlier: some });

  expect(cause?.mechanism).not.toBe("hang");
});

test("rules does not name it of what ended and was started in between", async () => {
  const { cause } = await diagnose({
    ...COMES_AND_GOES,
    components: { "mains/1": ["down", "refused"] },
    processes: { "mains/1": "exited" },
    brokenLinksFrom: LAMPS,
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "crash" });
});
