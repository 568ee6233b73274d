// Recent happenings in SQLite. A happening that cannot be written is dropped: nothing waits for it.

import type { Activity, Happening } from "../store.ts";
import type { SqliteFile } from "./file.ts";

export const ACTIVITY_SCHEMA = `
  CREATE TABLE activity (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, pipeline TEXT NOT NULL, detail TEXT NOT NULL
  );
`;

const KEPT = 1000;

export function createSqliteActivity(file: SqliteFile): Activity {
  const insert = file.db.prepare("INSERT INTO activity (time, kind, pipeline, detail) VALUES (?, ?, ?, ?)");
  const trim = file.db.prepare("DELETE FROM activity WHERE number <= (SELECT max(number) FROM activity) - ?");
  const tail = file.db.prepare("SELECT time, kind, pipeline, detail FROM activity ORDER BY number DESC LIMIT ?");
  return {
    append({ time, kind, pipeline, detail }) {
      const written = file.write(() => {
        insert.run(time, kind, pipeline, detail);
        trim.run(KEPT);
      });
      written.catch(() => undefined);
    },
    tail: async (limit) => file.read(() => tail.all(limit) as unknown as Happening[]),
  };
}
