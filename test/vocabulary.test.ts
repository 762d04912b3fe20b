/** The rooms that know no subject hold no word of any: what is true of a system they have never heard of is all they may say. */

import { expect, test } from "bun:test";
import { Glob } from "bun";
import { SUBJECTS } from "../src/subjects/registry.ts";

const ROOMS = "src/{core,monitor,agent,actions}/**/*";

const texts = await readRooms();

for (const [id, load] of SUBJECTS) {
  test(`no generic room names "${id}" or a word of its vocabulary`, async () => {
    const { vocabulary } = await load();

    const found = [id, ...Object.keys(vocabulary)].flatMap((word) => placesOf(word));

    expect(found).toEqual([]);
  });
}

test("a word of a vocabulary is found wherever it stands, and only as a whole", () => {
  expect(wholeWord("sliding-window").test("of Sliding-Window, exact")).toBe(true);
  expect(wholeWord("drain").test("drained, drain_all and drain-all")).toBe(false);
});

function placesOf(word: string): string[] {
  const pattern = wholeWord(word);
  return texts.flatMap(({ file, lines }) =>
    lines.flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} says "${word}"`] : [])),
  );
}

function wholeWord(word: string): RegExp {
  return new RegExp(`(?<![\\w-])${RegExp.escape(word)}(?![\\w-])`, "i");
}

async function readRooms() {
  const files = await Array.fromAsync(new Glob(ROOMS).scan("."));
  return Promise.all(files.map(async (file) => ({ file, lines: (await Bun.file(file).text()).split("\n") })));
}
