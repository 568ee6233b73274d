// The archive, for people: what it has by day, and how far it is behind.

import type { ArchiveStatus } from "../../admin/shapes/archive.ts";
import { count, plural } from "../../lib/figures.ts";
import { ago, roughly } from "../../lib/times.ts";
import { factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { bytes } from "../terminal/sizes.ts";
import { type Column, table as tableLines } from "../terminal/table.ts";

const MAX_DAYS = 14;

export function archiveLines(
  { where, table, archiver }: ArchiveStatus,
  now: number,
  output: Output,
): readonly string[] {
  const { bad, warn, strong } = output.palette;
  const committed = table?.committed;
  const facts = factLines(
    [
      ["archive", strong(printable(where))],
      ["events", table === undefined ? warn("not read yet") : count(table.rows)],
      ["table", table && `version ${count(table.version)}, ${plural(table.files, "file")}, ${bytes(table.bytes)}`],
      ["last commit", committed === undefined ? undefined : ago(committed, now)],
      ["lag", archiver && lagText(archiver)],
      ["fails", archiver?.failing === undefined ? undefined : bad(printable(archiver.failing))],
      ["others first", archiver === undefined || archiver.conflicts === 0 ? undefined : count(archiver.conflicts)],
      ["missed", archiver === undefined || archiver.missed === 0 ? undefined : bad(missedText(archiver.missed))],
    ],
    output,
  );
  return [...facts, ...dayLines(table?.days ?? [], output)];
}

function lagText({ lag, lagSeconds }: NonNullable<ArchiveStatus["archiver"]>): string {
  return lag === 0 ? "none" : `${plural(lag, "event")}, the oldest for ${roughly(lagSeconds * 1000)}`;
}

function missedText(missed: number): string {
  return `${plural(missed, "place")} in the log of which the events were gone before they could be archived`;
}

function dayLines(days: NonNullable<ArchiveStatus["table"]>["days"], output: Output): readonly string[] {
  if (days.length === 0) return [];
  const { palette, signs } = output;
  const right = (title: string): Column => ({ title, align: "right" });
  const rows = days.slice(0, MAX_DAYS).map((one) => [one.day, count(one.rows), count(one.files), bytes(one.bytes)]);
  const columns = [{ title: "day (UTC)" }, right("events"), right("files"), right("size")];
  const [titles = "", ...lines] = tableLines(columns, rows, { columns: output.room(), sign: signs.cut });
  const more = days.length > MAX_DAYS ? [palette.quiet(`and ${plural(days.length - MAX_DAYS, "day")} before`)] : [];
  return ["", palette.quiet(titles), ...lines, ...more];
}
