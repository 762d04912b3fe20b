import { expect, test } from "bun:test";
import { type PlainTableOptions, readPlainTable } from "../../../../src/core/diagnosis/ranking/plain-table.ts";
import { readTableText } from "../../../../src/core/diagnosis/ranking/table-text.ts";
import { InvalidInputError } from "../../../../src/core/text/errors.ts";

const read = (text: string, options?: PlainTableOptions) => readPlainTable(readTableText(text), options);

test.each([
  ["CSV", "time,a_cpu,b_cpu\n2,3,\n1,1,NaN\n"],
  ["a JSON list of rows", '[{"time":2,"a_cpu":3},{"time":1,"a_cpu":1,"b_cpu":null}]'],
  ["a JSON object of columns", '{"time":[2,1],"a_cpu":[3,1],"b_cpu":[null,null]}'],
  ["JSON rows beside edges", '{"rows":[{"time":2,"a_cpu":"3"},{"time":1,"a_cpu":1,"b_cpu":""}],"edges":[["a","b"]]}'],
])("readPlainTable() reads %s, in the order of time", (_, text) => {
  const { atMs, series } = read(text);

  expect(atMs).toEqual([1000, 2000]);
  expect(series.map(({ component, metric, values }) => [component, metric, ...values])).toEqual([
    ["a", "cpu", 1, 3],
    ["b", "cpu", Number.NaN, Number.NaN],
  ]);
});

test("readPlainTable() makes rates of counters, a restart included, and leaves sums per step as they are", () => {
  const { series } = read(
    `time,a_errors_total,b_requests_sum\n${[0, 10, 20, 30, 5, 15, 25, 35, 45, 55, 65].map((value, at) => `${at * 10},${value},${at % 2}`).join("\n")}`,
  );

  expect([...(series[0]?.values ?? [])]).toEqual([Number.NaN, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 1]);
  expect([...(series[1]?.values ?? [])].slice(0, 4)).toEqual([0, 1, 0, 1]);
});

test("readPlainTable() turns what succeeds into what fails, in shares of 1 and of 100", () => {
  const { series } = read(
    "time,a_availability,b_availability,a_error_ratio,b_error_percent\n1,100,1,0.25,0.5\n2,90,0.75,0,3\n",
  );

  expect(series.map(({ unit, values }) => [unit, ...values])).toEqual([
    ["percent", 0, 10],
    ["ratio", 0, 0.25],
    ["ratio", 0.25, 0],
    ["percent", 0.5, 3],
  ]);
});

test.each<[string, string, string, PlainTableOptions?]>([
  ["nothing", "", "Cannot rank an empty table: expected a row of headings and a row for each moment"],
  ["headings only", "time,a_cpu\n", "Cannot rank an empty table: expected a row of headings and a row for each moment"],
  [
    "no column of times",
    "a_cpu\n1",
    "Cannot find the column of times: none is called time or timestamp. Name it with --time <column>",
  ],
  [
    "two columns of times",
    "time,timestamp,a_cpu\n1,1,1",
    "Cannot find the column of times: it may be time or timestamp. Name it with --time <column>",
  ],
  [
    "a column of times that is not there",
    "time,a_cpu\n1,1",
    'Cannot find column "tme" of times, did you mean "time"',
    { time: "tme" },
  ],
  ["only times", "time\n1", "Cannot rank a table without series: it has only times"],
  [
    "a time that is none",
    "time,a_cpu\nsoon,1",
    'Cannot read time "soon" at row 2, column "time": expected a number of seconds or a date such as 2026-01-31T12:00:00Z',
  ],
  [
    "a cell that is no number",
    "time,a_cpu\n1,2\n2,high",
    'Cannot read "high" at row 3, column "a_cpu": expected a number; leave a column that is no series out with --ignore a_cpu',
  ],
  [
    "a number with a decimal comma",
    "time;a_cpu\n1;20,7",
    'Cannot read "20,7" at row 2, column "a_cpu": expected a number such as 1234.5',
  ],
  [
    "a JSON cell that is no number",
    '[{"time":1,"a_cpu":[2]}]',
    'Cannot read [2] at row 1, column "a_cpu": expected a number; leave a column that is no series out with --ignore a_cpu',
  ],
  ["two columns of one name", "time,a_cpu,a_cpu\n1,2,3", 'Cannot use column "a_cpu": there are two of that name'],
  [
    "two rows of one time",
    "time,a_cpu\n1,2\n1,3",
    "Cannot use row 3: another row has the same time; expected one row for each moment, and a column for each series",
  ],
  ["a row that is too short", "time,a_cpu\n1", "Cannot read row 2: it has 1 cell, expected 2"],
  [
    "a column without a component",
    "time,a_cpu,total\n1,2,3",
    'Cannot read column "total": expected component_metric, such as "checkout_cpu". Leave columns out with --ignore <column>',
  ],
  [
    "many columns without a component",
    "time,a,b,c,d,e\n1,1,1,1,1,1",
    'Cannot read columns "a", "b", "c" and 2 more: expected component_metric, such as "checkout_cpu". Leave columns out with --ignore <column>',
  ],
  [
    "columns with another separator",
    "time,a.cpu,b.cpu\n1,1,1",
    'Cannot read columns "a.cpu", "b.cpu": expected component_metric, such as "checkout_cpu". Name another separator with --separator "."',
  ],
  [
    "a column to ignore that is not there",
    "time,a_cpu,b_cpu\n1,1,1",
    'Cannot find column "b_cpi" to ignore, did you mean "b_cpu"',
    { ignore: ["b_cpi"] },
  ],
  [
    "row numbers in place of times",
    ",a_cpu\n0,1\n1,1",
    "Cannot find the column of times: none is called time or timestamp. Name it with --time <column>",
  ],
  ["JSON that is cut short", '[{"time":1,', "Cannot read JSON: it ends at line 1, expected a closing }"],
  ["a JSON list of lists", "[[1,2]]", "Cannot read row 1: expected an object of values by column"],
  [
    "JSON columns of unlike length",
    '{"time":[1,2],"a_cpu":[1]}',
    'Cannot read column "a_cpu": it has 1 value, expected 2',
  ],
  ["a JSON column that is no list", '{"time":[1],"a_cpu":1}', 'Cannot read column "a_cpu": expected a list of values'],
  [
    "edges that are none",
    '{"time":[1],"a_cpu":[1],"edges":["a"]}',
    "Cannot read edge 1: expected the names of a caller and a callee",
  ],
])("readPlainTable() refuses %s", (...[, text, message, options]) => {
  expect(() => read(text, options)).toThrow(new InvalidInputError(message));
});

test.each([
  ["row numbers without a heading", ",time,a_cpu\n0,1,3\n1,2,4\n", {}],
  ["a separator at the end of each line", "time,a_cpu,\n1,3,\n2,4,\n", {}],
  ["a separator at the end of each line but the headings", "time,a_cpu\n1,3,\n2,4,\n", {}],
  ["infinity in words", "time,a_cpu,b_cpu\n1,3,Infinity\n2,4,-Infinity\n", { ignore: ["b_cpu"] }],
])("readPlainTable() reads a table with %s", (_, text, options) => {
  const { atMs, series } = read(text, options);

  expect(atMs).toEqual([1000, 2000]);
  expect(series.map(({ component, values }) => [component, ...values])).toEqual([["a", 3, 4]]);
});

test("readPlainTable() takes a first column of dates without a heading for the times", () => {
  expect(read(",a_cpu\n2026-01-31 12:00:00,1\n2026-01-31 12:00:01,2\n").atMs).toEqual([
    Date.UTC(2026, 0, 31, 12),
    Date.UTC(2026, 0, 31, 12, 0, 1),
  ]);
});

test("readPlainTable() leaves out what it is told to ignore", () => {
  const { series } = read("when,a_cpu,total\n1,2,3", { time: "when", ignore: ["total"] });

  expect(series.map(({ component }) => component)).toEqual(["a"]);
});
