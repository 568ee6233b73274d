// Baselines, marked wherever models are listed.

import { html, type Markup } from "../html.ts";

const BASELINE_WORDS =
  "A baseline looks at no feature, it only knows the truths so far: a model that does not beat it has learned nothing from the features.";

export function BaselineTag(): Markup {
  return html`<span class="tag" title=${BASELINE_WORDS}>baseline</span>`;
}

/** The sentence below a list in which some are marked. */
export function BaselineLegend({ any }: { any: boolean }): Markup | null {
  return any ? html`<p class="quiet">${BASELINE_WORDS}</p>` : null;
}
