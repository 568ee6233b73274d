// What all processes that open a SQLite file agree on: two small tables.

import { DEFAULT_RETENTION, type FormerRetention, type Retention } from "../../retention.ts";
import type { Agreement, LogOwner } from "../agreement.ts";
import type { SqliteFile } from "./file.ts";

/** `retention` has one row, or none. Also the upgrade of a file that has no such tables. */
export const AGREEMENT_SCHEMA = `
  CREATE TABLE retention (one INTEGER PRIMARY KEY CHECK (one = 1), log_ms INTEGER NOT NULL, letters_ms INTEGER NOT NULL);
  CREATE TABLE logs (id TEXT PRIMARY KEY, owner TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;

/** What the retention was before it was raised. Also what makes it of a file that has no such table. */
export const FORMER_SCHEMA = `
  CREATE TABLE former_retention (until INTEGER NOT NULL, log_ms INTEGER NOT NULL, letters_ms INTEGER NOT NULL);
`;

export function createSqliteAgreement(file: SqliteFile, path: string, clock: () => number): Agreement {
  const { db } = file;
  const select = db.prepare("SELECT log_ms AS logMs, letters_ms AS deadLetterMs FROM retention");
  const put = db.prepare("REPLACE INTO retention VALUES (1, ?, ?)");
  const selectFormer = db.prepare("SELECT log_ms, letters_ms, until FROM former_retention ORDER BY rowid");
  const putFormer = db.prepare("INSERT INTO former_retention VALUES (?, ?, ?)");
  const putLog = db.prepare("REPLACE INTO logs VALUES (?, ?, ?)");
  const selectLogs = db.prepare('SELECT id, owner AS "where", at FROM logs ORDER BY id');
  function kept(): Retention | undefined {
    const row = select.get() as unknown as Retention | undefined;
    const before =
      row === undefined ? [] : selectFormer.all().map((former) => formerOf(former as Record<string, number>));
    return row && { ...row, ...(before.length > 0 && { before }) };
  }

  return {
    retention: async () => file.read(kept),
    raiseRetention: ({ logMs = 0, deadLetterMs = 0 }) =>
      file.write(() => {
        const was = kept();
        const isShorter = (asked: number, had = 0) => asked > 0 && asked < had;
        if (was && (isShorter(logMs, was.logMs) || isShorter(deadLetterMs, was.deadLetterMs))) return was;
        const least = { logMs: was?.logMs ?? 0, deadLetterMs: was?.deadLetterMs ?? 0 };
        const now = {
          logMs: Math.max(logMs, least.logMs) || DEFAULT_RETENTION.logMs,
          deadLetterMs: Math.max(deadLetterMs, least.deadLetterMs) || DEFAULT_RETENTION.deadLetterMs,
        };
        if (now.logMs === was?.logMs && now.deadLetterMs === was.deadLetterMs) return was;
        put.run(now.logMs, now.deadLetterMs);
        if (was) putFormer.run(clock(), was.logMs, was.deadLetterMs);
        return kept() as Retention;
      }),
    announceLog: ({ id, where, at }) => file.write(() => void putLog.run(id, where, at)),
    logs: async () => file.read(() => selectLogs.all().map((row) => ({ ...row }) as unknown as LogOwner)),
    forgetting: `sqlite3 ${path} "DELETE FROM retention; DELETE FROM former_retention"`,
    forgettingLogs: `sqlite3 ${path} "DELETE FROM logs"`,
  };
}

function formerOf({
  log_ms: logMs = 0,
  letters_ms: deadLetterMs = 0,
  until = 0,
}: Record<string, number>): FormerRetention {
  return { logMs, deadLetterMs, until };
}
