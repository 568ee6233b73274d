// Commits of the archive beside delta-rs with the same rows, in a folder and in a store that speaks S3, and what a row weighs there.

import { join } from "node:path";
import { writeArchiveRows } from "../archive-rows.ts";
import { deltaRs, moto, startMoto } from "../peers.ts";
import { assert, type Context, median, type Result, type Row, ratios } from "../row.ts";

interface Report {
  readonly cpuMicroseconds: number;
  /** Of each commit. */
  readonly milliseconds: readonly number[];
  readonly rows: number;
  readonly bytes?: number;
}

interface Plan {
  readonly rows: number;
  readonly aCommit: number;
  /** Commits that do not count: the first ones compile. */
  readonly warm: number;
}

const here = (path: string) => join(import.meta.dirname, "..", path);

export const archive: Row = {
  name: "archive",
  title: "commits of the archive, to a folder and to a store that speaks S3",
  async run(context) {
    const { small, session } = context;
    const plan = small ? { rows: 300, aCommit: 100, warm: 1 } : { rows: 90_000, aCommit: 1000, warm: 30 };
    const file = join(session.folder(), "rows.json");
    const packed = writeArchiveRows(file, plan.rows);
    const [python, store] = [await deltaRs(), await moto()];
    if (python.missing !== undefined) context.note(`archive: delta-rs is left out: ${python.missing}`);
    const sides = {
      ours: [process.execPath, here("archive-writer.ts")],
      anchor: [python.python, here("anchors/delta_rs.py")],
    };
    const chosen = python.missing === undefined ? sides : { ours: sides.ours };
    const folder = await commits(context, chosen, plan, file, {}, () => join(session.folder(), "table"));
    const results = [...cpuAndRate("a folder", plan, folder), weight(plan, folder, packed)];
    if (store.missing !== undefined) {
      context.note(`archive: commits to S3 are left out: ${store.missing}`);
      return results;
    }
    const { running, env } = await startMoto(session, store.python, "bench");
    let places = 0;
    const s3Plan = small ? plan : { rows: 30_000, aCommit: 1000, warm: 10 };
    const s3 = await commits(context, chosen, s3Plan, file, env, () => `s3://bench/${++places}`);
    await running.kill();
    return [...results, ...cpuAndRate("S3", s3Plan, s3), latency(s3)];
  },
};

type Reports = Readonly<Partial<Record<"ours" | "anchor", readonly Report[]>>>;

async function commits(
  { rounds, session, progress }: Context,
  sides: Readonly<Record<string, readonly string[]>>,
  { rows, aCommit, warm }: Plan,
  file: string,
  env: Readonly<Record<string, string>>,
  newPlace: () => string,
): Promise<Reports> {
  const reports: Record<string, Report[]> = {};
  for (let i = 1; i <= rounds; i++) {
    progress(`${Object.keys(env).length > 0 ? "S3" : "a folder"}, round ${i} of ${rounds}`);
    for (const [side, [command = "", program = ""]] of Object.entries(sides)) {
      const args = [program, file, newPlace(), String(aCommit), String(warm), String(rows)];
      const [text] = await session.start(command, args, { env }).find(/^\{.*$/);
      const report = JSON.parse(text) as Report;
      assert(report.rows === rows, `${rows} rows were committed, and ${report.rows} are there`);
      reports[side] = [...(reports[side] ?? []), report];
    }
  }
  return reports;
}

function compared(
  what: string,
  unit: string,
  reports: Reports,
  of: (report: Report) => number,
  atMost?: number,
): Result {
  const [ours = [], anchor] = [reports.ours, reports.anchor].map((some) => some?.map(of));
  return {
    what,
    ours: { name: "the archive", unit, values: ours },
    ...(anchor !== undefined && {
      anchor: { name: "delta-rs", unit, values: anchor },
      ratio: ratios(ours, anchor),
      ...(atMost !== undefined && { bar: { of: "ratio" as const, atMost } }),
    }),
  };
}

function cpuAndRate(where: string, { rows, aCommit, warm }: Plan, reports: Reports): readonly Result[] {
  const counted = rows - aCommit * warm;
  const seconds = ({ milliseconds }: Report) => milliseconds.reduce((sum, ms) => sum + ms, 0) / 1000;
  const what = `archive, ${aCommit.toLocaleString("en-US")} rows a commit to ${where}`;
  const goal = where === "a folder" ? 1 : undefined;
  return [
    compared(`${what}, CPU a row`, "µs", reports, ({ cpuMicroseconds }) => cpuMicroseconds / counted, goal),
    compared(`${what}, rate`, "rows/s", reports, (report) => counted / seconds(report)),
  ];
}

function latency(reports: Reports): Result {
  return compared("archive, a commit to S3", "ms", reports, ({ milliseconds }) => median(milliseconds));
}

function weight({ rows }: Plan, { ours = [] }: Reports, packed: number): Result {
  const values = ours.map(({ bytes = 0 }) => bytes / rows);
  const anchor = values.map(() => packed / rows);
  return {
    what: "archive, bytes a row of flights when compacted",
    anchor: { name: "JSON lines packed with gzip", unit: "B", values: anchor },
    ours: { name: "the archive", unit: "B", values },
    ratio: ratios(values, anchor),
  };
}
