// A line without axes, for a trend beside its figure. It says nothing to who hears the page: the figure does.

import { html, type Markup } from "../html.ts";

const WIDTH = 120;
const HEIGHT = 24;

/** @param values oldest first; null where there is none. @param floor the least upper end of the scale. */
export function Sparkline({
  values,
  floor = 0,
}: {
  values: readonly (number | null)[];
  floor?: number;
}): Markup | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const low = Math.min(0, ...known);
  const high = Math.max(floor, ...known);
  const scale = high === low ? 0 : (HEIGHT - 3) / (high - low);
  const step = WIDTH / Math.max(1, values.length - 1);
  let pen = "M";
  const way = values.map((value, i) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const point = `${pen}${(i * step).toFixed(1)} ${(HEIGHT - 1.5 - (value - low) * scale).toFixed(1)}`;
    pen = "L";
    return point;
  });
  return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    <path d=${way.join("")} />
  </svg>`;
}
