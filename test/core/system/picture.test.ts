import { expect, test } from "bun:test";
import { completePicture } from "../../../src/core/system/picture.ts";

test("completePicture() shows what should be there and is not", () => {
  const picture = completePicture(
    {
      atMs: 1,
      components: [{ id: "lamp/1", kind: "lamp", state: "up" }],
      links: [{ from: "lamp/1", to: "mains/1", kind: "wire", state: "up" }],
      series: [],
    },
    {
      components: [
        { id: "lamp/1", kind: "lamp", address: "127.0.0.1:1" },
        { id: "lamp/2", kind: "lamp", address: "127.0.0.1:2" },
      ],
      links: [
        { from: "lamp/1", to: "mains/1", kind: "wire" },
        { from: "lamp/2", to: "mains/1", kind: "wire" },
      ],
      groups: [],
    },
  );

  expect(picture.components.map(({ id, state, address }) => `${id} ${state} ${address}`)).toEqual([
    "lamp/1 up 127.0.0.1:1",
    "lamp/2 down 127.0.0.1:2",
  ]);
  expect(picture.links.map(({ from, state }) => `${from} ${state}`)).toEqual(["lamp/1 up", "lamp/2 unknown"]);
});
