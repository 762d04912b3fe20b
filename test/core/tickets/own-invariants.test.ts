import { expect, test } from "bun:test";
import { OWN_INVARIANTS, ownInvariants } from "../../../src/core/tickets/own-invariants.ts";

test("ownInvariants() counts membership by the pace of the register that it rests on, and the others as they are", () => {
  const own = ownInvariants(10_000);

  expect(own.map(({ id }) => id)).toEqual(OWN_INVARIANTS.map(({ id }) => id));
  expect(own.find(({ id }) => id === "membership")?.everyMs).toBe(10_000);
  expect(own.filter(({ everyMs }) => everyMs > 0)).toHaveLength(1);
});
