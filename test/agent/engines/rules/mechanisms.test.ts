import { expect, test } from "bun:test";
import { ANSWERING } from "../../../../src/core/words/probe-outcome.ts";
import { diagnose, rejected } from "./lamps.ts";

test.each([
  ["wrong-identity", "wrong-identity", "exited"],
  ["refused-access", "refused-access", "running"],
] as const)(
  "rules finds %s by the answer and by the reason that an invariant gives",
  async (mechanism, probe, state) => {
    const diagnosis = await diagnose({
      components: { "lamp/2": ["down", probe] },
      processes: { "lamp/2": state },
      tickets: ["lamp/2"],
      reason: probe,
    });

    expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism, verdict: "confirmed" });
    expect(rejected(diagnosis)).toMatchObject({
      crash: `lamp/2 probe is "${probe}"`,
      hang: `lamp/2 probe is "${probe}"`,
    });
  },
);

test("rules says of what another process answers for that its own has ended, where that is known", async () => {
  const trouble = { components: { "lamp/2": ["down", "wrong-identity"] }, tickets: ["lamp/2"] } as const;
  const ended = await diagnose({ ...trouble, reason: "wrong-identity", processes: { "lamp/2": "exited" } });
  const displaced = await diagnose({ ...trouble, reason: "wrong-identity", processes: { "lamp/2": "running" } });

  expect(ended.cause?.summary).toStartWith("The process of lamp/2 has ended");
  expect(ended.cause?.claims.map(({ figure }) => figure)).toContain('lamp/2 process.state is "exited"');
  expect(displaced.cause).toMatchObject({ mechanism: "wrong-identity", verdict: "confirmed" });
  expect(displaced.cause?.summary).toStartWith("Another process answers");
});

test.each(ANSWERING)("rules takes nothing that answers with %s for crashed or hung", async (probe) => {
  const processes = { "lamp/2": "exited" } as const;
  const { cause } = await diagnose({ components: { "lamp/2": ["down", probe] }, processes, tickets: ["lamp/2"] });

  expect(["crash", "hang"]).not.toContain(cause?.mechanism ?? "");
});
