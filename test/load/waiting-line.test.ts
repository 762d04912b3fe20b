import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { WaitingLine } from "../../src/load/waiting-line.ts";

describe("WaitingLine", () => {
  test("behaves like a bounded list under any pushes and shifts", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (pushes) => {
        const line = new WaitingLine<number>(20);
        const model: number[] = [];

        for (const [item, push] of pushes.entries()) {
          if (push) expect(line.push(item)).toBe(model.length < 20 && model.push(item) > 0);
          else expect(line.shift()).toBe(model.shift());
          expect([line.length, line.peek()]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });
});
