// The pipeline that a form is about before another one is chosen.

import { useRef } from "preact/hooks";
import type { Status } from "../../../admin/shapes/shapes.ts";
import { status } from "../live.ts";

/** The one that learned last, else the first by name. It stays while the view is open, whichever learns meanwhile. */
export function useUsualPipeline(): string | undefined {
  const held = useRef<string | undefined>(undefined);
  held.current ??= usual(status.value);
  return held.current;
}

function usual({ pipelines, learning = [] }: Pick<Status, "pipelines" | "learning"> = { pipelines: [] }) {
  const [newest] = learning
    .filter(({ pipeline, last }) => last !== undefined && pipelines.includes(pipeline))
    .sort((a, b) => (b.last ?? 0) - (a.last ?? 0));
  return newest?.pipeline ?? pipelines[0];
}
