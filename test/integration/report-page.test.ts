/** The report of an incident in a real browser: all of it is there, fits, can be read, and asks nobody for anything. */

import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderPage } from "../../src/render/report/page.ts";
import { type Browser, type OpenPage, startBrowser, testWithBrowser } from "../browser.ts";
import { NOW_MS, sampleView, withText } from "../render/report/sample-view.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "operator-report-"));
const LONG = `-${"long".repeat(60)} ${"<b>&amp;".repeat(20)} "${"0123456789".repeat(20)}"`;
const PAGES = { plain: sampleView(), hostile: withText(sampleView(), LONG) };
const SIGHTS = [
  { width: 400, height: 800, scheme: "light" },
  { width: 400, height: 800, scheme: "dark" },
  { width: 1280, height: 900, scheme: "light" },
  { width: 1280, height: 900, scheme: "dark" },
] as const;
/** Of WCAG 2.1, level AA: of text to what is behind it. */
const LEAST_CONTRAST = 4.5;

let browser: Browser | undefined;

beforeAll(async () => {
  for (const [name, view] of Object.entries(PAGES)) {
    await Bun.write(join(folder, `${name}.html`), String(renderPage(view, NOW_MS)));
  }
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** One browser for all tests; started by the first, so that nothing is started where all are skipped. */
async function opened(name: string): Promise<OpenPage> {
  browser ??= await startBrowser();
  return await browser.open(join(folder, `${name}.html`));
}

/** What is measured within the page. */
interface Measured {
  readonly headings: readonly string[];
  readonly charts: readonly (readonly [width: number, height: number])[];
  /** Elements that stand out of the page, or overlap one beside them. */
  readonly misplaced: readonly string[];
  readonly pageWidth: number;
  readonly worst: { readonly ratio: number; readonly text: string };
}

/** Runs within the page, as text: nothing of it may come from here. */
const MEASURE = `(() => {
  const shown = (element) => element.getClientRects().length > 0;
  const textNodes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.data.trim() !== "") textNodes.push(walker.currentNode);
  const rgba = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgba(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const contrasts = textNodes.filter((node) => shown(node.parentElement)).map((node) => {
    const pair = [rgba(getComputedStyle(node.parentElement).color), behind(node.parentElement)].map(luminance);
    return { ratio: (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), text: node.data.slice(0, 60) };
  });
  const name = (element) => element.outerHTML.slice(0, 100);
  const within = (element) => element.closest("thead") === null || innerWidth > 640;
  const outside = [...document.querySelectorAll("body *")].filter((element) => {
    if (!shown(element) || element.closest("svg") || !within(element)) return false;
    const { left, right } = element.getBoundingClientRect();
    return left < -0.5 || right > innerWidth + 0.5;
  });
  const crowded = [...document.querySelectorAll(".scale, .times, .moments")].flatMap((parent) => {
    const boxes = [...parent.children].map((child) => ({ child, box: child.getBoundingClientRect() }));
    return boxes.filter(({ box }, index) => boxes.slice(0, index).some((other) =>
      box.left < other.box.right && other.box.left < box.right && box.top < other.box.bottom - 1 && other.box.top < box.bottom - 1,
    )).map(({ child }) => child);
  });
  return {
    headings: [...document.querySelectorAll("h1, h2")].filter(shown).map((heading) => heading.innerText),
    charts: [...document.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect()).map(({ width, height }) => [width, height]),
    misplaced: [...outside, ...crowded].map(name),
    pageWidth: document.documentElement.scrollWidth,
    worst: contrasts.toSorted((a, b) => a.ratio - b.ratio)[0],
  };
})()`;

async function measured(page: OpenPage): Promise<Measured> {
  const value = await page.evaluate(MEASURE);
  if (!isMeasured(value)) throw new Error("Cannot measure the page");
  return value;
}

function isMeasured(value: unknown): value is Measured {
  return typeof value === "object" && value !== null && "worst" in value && "misplaced" in value;
}

for (const name of Object.keys(PAGES)) {
  testWithBrowser(
    `the page of an incident fits and can be read on every screen, in the light and in the dark: ${name}`,
    async () => {
      const page = await opened(name);
      const backgrounds = new Set<unknown>();

      for (const sight of SIGHTS) {
        await page.look(sight);
        const { headings, charts, misplaced, pageWidth, worst } = await measured(page);

        expect({ sight, misplaced, pageWidth }).toEqual({ sight, misplaced: [], pageWidth: sight.width });
        expect(headings.length).toBe(15);
        expect(charts.length).toBe(4);
        expect(charts.every(([width, height]) => width > 250 && width <= sight.width && height > 15)).toBe(true);
        expect({ sight, ...worst, isEnough: worst.ratio >= LEAST_CONTRAST }).toMatchObject({ isEnough: true });
        backgrounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
        const picture = await page.picture();
        expect(new DataView(picture.buffer, picture.byteOffset).getUint32(16)).toBe(sight.width);
        await keep(`${name}-${sight.width}-${sight.scheme}.png`, picture);
      }

      expect(backgrounds.size).toBe(2);
    },
  );
}

testWithBrowser(
  "the page of an incident asks nobody for anything, runs no script, and carries no complaint",
  async () => {
    const page = await opened("hostile");

    await page.look(SIGHTS[0]);

    expect(page.requests.map((url) => url.replace(/^.*\//, ""))).toEqual(["hostile.html"]);
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate("document.querySelectorAll('script, link, img, iframe, object, embed, a').length")).toBe(
      0,
    );
  },
);

testWithBrowser(
  "the page of an incident is printed dark on white, without what is there for screens alone",
  async () => {
    const page = await opened("plain");

    await page.look({ ...SIGHTS[3], media: "print" });
    const { worst } = await measured(page);
    const paper = await page.paper();

    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(worst.ratio).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    expect(new TextDecoder().decode(paper.slice(0, 5))).toBe("%PDF-");
    await keep("plain.pdf", paper);
  },
);

testWithBrowser("what the page is measured with finds what is wrong", async () => {
  const page = await opened("plain");
  await page.look(SIGHTS[0]);
  const break_ = `
    document.querySelector("footer").style.color = "#999";
    document.querySelector("h1").style.width = "1000px";
    document.querySelector(".times").lastElementChild.style.right = "25%";
  `;

  await page.evaluate(break_);
  const { misplaced, worst } = await measured(page);

  expect(misplaced.length).toBe(2);
  expect(worst.ratio).toBeLessThan(LEAST_CONTRAST);
});

/** Pictures are kept for people where a folder is named. */
async function keep(name: string, bytes: Uint8Array): Promise<void> {
  const to = process.env["OPERATOR_TEST_PICTURES"];
  if (to !== undefined && to !== "") await Bun.write(join(to, name), bytes);
}
