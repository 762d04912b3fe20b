import { expect, test } from "bun:test";
import { slotOf } from "../../../../src/io/cluster-slot.ts";
import { OwnSlot } from "../../../../src/limiter/decide/redis/own-slot.ts";

test("OwnSlot.name() is in a slot of the primary, and stays the same while it is", () => {
  let firstSlot = 0;
  const own = new OwnSlot("p:", (slot) => slot >= firstSlot && slot < firstSlot + 100);

  const name = own.name();
  const same = own.name();
  firstSlot = 8000;
  const other = own.name();

  expect(slotOf(name)).toBeLessThan(100);
  expect(same).toBe(name);
  expect(slotOf(other)).toBeWithin(8000, 8100);
});

test("OwnSlot.name() is another one after a refusal, and the last one tried where none is found", () => {
  const all = new OwnSlot("p:", () => true);
  const none = new OwnSlot("p:", () => false);

  const name = all.name();

  expect(all.name(true)).not.toBe(name);
  expect(none.name()).toStartWith("p:{probe ");
});
