/** Every exported thing has a doc comment that ends with a full stop. */

import { expect, test } from "bun:test";
import { Glob } from "bun";

const EXPORT = /^export (?:async |abstract )?(?:function\*?|class|interface|type|const) (\w+)/;

test("every export has a doc comment", async () => {
  const bare: string[] = [];
  for await (const file of new Glob("src/**/*.ts").scan(".")) {
    const lines = (await Bun.file(file).text()).split("\n");
    for (const [index, line] of lines.entries()) {
      const name = EXPORT.exec(line)?.[1];
      if (name && !lines[index - 1]?.endsWith("*/")) bare.push(`${file}: ${name}`);
    }
  }

  expect(bare).toEqual([]);
});
